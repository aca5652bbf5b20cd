// A page that is read from the disk cannot fetch the others, from which the search takes its excerpts.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
