// The search fetches other pages for its excerpts, which a page opened from the disk cannot do.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
