// Every page works without any of this: what these modules add is that it stays up
// to date. A page's own module is named after it.
import './clock.js';
import './refresh.js';
