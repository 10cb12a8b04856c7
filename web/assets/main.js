// The page works without any of this: what these modules add is that it stays
// up to date, that timelines answer to pointer and keys, and that one segment
// follows another. They share the document and a few events, no state.
import './refresh.js';
import './player.js';
import './timeline.js';
