// Package web shows the footage to people in a browser and to programs as JSON.
// Nothing outside it knows which HTTP library it uses.
//
//	server := web.New(web.Options{...})
//	server.ServeTCP(ctx, listener)   // pages and API for browsers and programs
//	server.ServeUnix(ctx, listener)  // the same, for the commands
//
// # What holds
//
//   - Whether footage may be seen is decided by vault.Open, on every read. The
//     package keeps no footage and no decision about it: what is past its
//     deadline is neither listed nor drawn nor played, whether it still exists or
//     not (R6), and a player that is open then lets go of what it has loaded. Nor is
//     what only a freeze keeps, but for the privacy right (R34): root and the account
//     that sjudager runs as have it at the socket, and using it is in the ledger.
//   - GET and HEAD change nothing, but that who views footage is written into the
//     ledger before the first byte of it is sent (R107). A change by a page of another origin is
//     refused (http.CrossOriginProtection). The one cookie is the session's: HttpOnly,
//     SameSite=Strict, and Secure over https (R147).
//   - Every route names the right that a request needs, where it is registered: without
//     one it does not compile (routes.go, access.go). Who has which right is the one
//     table of package account, read with every request. A page offers only what its
//     reader may do (frame.May), which is a courtesy: the route refuses by itself.
//   - Footage plays once its viewer has said why, from the camera's own purposes (R55):
//     a person once in a session, a program with each request. The ledger's entry of
//     the view has it. Pictures of the last hour, which only tell whether a camera sees
//     what it should, are shown without; those of one camera are one entry for each
//     viewer in ten minutes.
//   - Local networks only are served, and others that the configuration names with the
//     decision behind them (R56); over https, but for this machine alone.
//   - Requests are limited by person, token or address, and attempts to sign in by
//     account and address (package account).
//   - No inline script or style, no third party's file, no font or picture that
//     is not embedded (R147). The pages work without the script, except for
//     dragging on a timeline and staying up to date by themselves.
//   - Every answer but the assets is "no-store"; the assets are named by a hash
//     of their content and stay in the browser's cache for good.
//   - An error that is not the caller's is told to the log, not to the caller.
//     The table in fault.go is the only place that knows codes and statuses.
//
// # The API
//
// Below /api/v1/, described by openapi.json, which is served as
// /api/v1/openapi.json and held against the routes and their answers by the
// tests. The types of requests and answers are exported (Status, Segments, Hold,
// HoldRequest, ExpiryPlan, Swept, ErrorBody, ...), so that a client in Go decodes
// into them. Over the network a program sends a token in the header Authorization:
// Bearer. An act is by a person ("u-..."), a token ("t-...") or the user id at the
// other end of the socket ("uid:0"), which may do all that is there. /healthz answers 200, or 503 with one reason a line.
//
// # Movies
//
// A movie's header is laid out once for each viewer and span and kept in memory while it
// is watched, within bounds: a player asks for it in many ranges. What is kept tells only
// where footage lies; every read asks the vault, and once a part of it is past its
// deadline the movie is laid out anew of what is left. Its opening is one entry in the
// ledger, before the first byte; one that is downloaded is an export.
//
// H.265 that a browser cannot play is offered as a file, to those who may release
// footage. A camera's second stream is not played in its place: it would have to be
// recorded all week beside the first, twice the personal data and more storage
// for those who sit at the wrong browser; and it would be another recording
// than the one that is held and handed over.
//
// # The pages
//
// The address holds all of a reader's state: page, language, time zone, what is
// played, which hold is shown. Server.frame reads what every page has around it
// (navigation, headline, alarms, footer), the page's handler in page_x.go what it is
// about, and Server.draw draws both: templates/frame.html around
// templates/page/x.html. A page defines "title" and "main", and "script" when it has
// a module of its own; what several pages draw stands in templates/*.html. Every
// text stands in the templates in bokmål and English side by side. Sections marked
// data-live can be asked for without the frame (part=live) and are replaced every
// few seconds where they have changed; how soon again is the server's to say, so
// that a viewer costs at most a fiftieth of a core. Forms and players belong to the
// reader and are left alone.
//
// A form is the server's: the same page answers a refusal with what was filled in and
// the reason at its field. Where it chooses cameras and spans it may have several rows,
// whose buttons post it and get it back with a row more or less (pick.go). A freeze is
// shown with its request, to those who may see that, and never as a hold.
//
// What can be done to a release is decided in one place (releaseOffers): the next act
// first, with why the reader may not do it where that is so, others only where the reader
// may. The log refuses by itself. What somebody has written about a release has one list
// (releaseFacts), which is shown, and by which its versions are compared (R79). A package
// is written to the appliance or to a medium that is connected (Options.Media), never to
// a folder that a request names; its ZIP files are fetched by those who hand over, and
// the ledger says so before the first byte. Of a file that belongs to a release the
// SHA-256 alone is kept: the browser takes it, or the server as the file passes by.
//
// The pages of Skilting, in page_sign*.go, read the register once for each request
// (signFrame) and call the methods of package signage that the API calls. What makes a
// hole in the coverage go away stands beside it, for those who may do it. An inspection
// (page_signlook.go) is one form in two places, on a sign's page and in a round: one
// button says that all is well. It carries the number of the inspection before it, so that
// a form which a bad connection sends twice is entered once; a photo that came with a form
// which was refused is kept and comes back with it. In a round nothing to press is lower
// than 56 px, and with the script the form stays until the server has it. The floor plan
// is SVG: its marks are dragged or moved by the keyboard, saved at once over the API, and
// may be placed by a form without the script.
//
// Times are those of the site's clocks. In the hour that an autumn night repeats
// they carry their offset; a form that names such an hour, or one that a spring
// night leaves out, is answered with the instants to choose from.
//
// The style sheet and the modules in assets/ are plain files: what is written is
// what is served. SJUDAGER_SHOTS=folder go test -run TestBrowser writes
// screenshots of every page to the folder.
package web
