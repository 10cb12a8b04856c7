package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // an appliance may have no time zone database, and deadlines need one

	"github.com/sjudager/sjudager/configs"
)

func main() {
	os.Exit(run(console{os.Stdout, os.Stderr, time.Now}, os.Args[1:]))
}

// console is where a command prints, and its clock.
type console struct {
	out, err io.Writer
	now      func() time.Time
}

// command is one subcommand.
type command struct {
	name  string // perhaps of two words, or three
	usage string
	run   func(ctx context.Context, c console, o *options) error
}

func commands() []command {
	return []command{
		{"serve", serveUsage, serve},
		{"demo", demoUsage, demo},
		{"config check", configCheckUsage, configCheck},
		{"status", statusUsage, status},
		{"camera test", cameraTestUsage, cameraTest},
		{"camera papers", cameraPapersUsage, cameraPapers},
		{"camera sheet", cameraSheetUsage, cameraSheet},
		{"camera assess", cameraAssessUsage, cameraAssess},
		{"segments", segmentsUsage, segments},
		{"movie", movieUsage, movie},
		{"countdown", countdownUsage, countdown},
		{"hold place", holdPlaceUsage, holdPlace},
		{"hold list", holdListUsage, holdList},
		{"hold show", holdShowUsage, holdShow},
		{"hold quick", holdQuickUsage, holdQuick},
		{"hold confirm", holdConfirmUsage, holdConfirm},
		{"hold narrow", holdNarrowUsage, holdNarrow},
		{"hold review", holdReviewUsage, holdReview},
		{"hold grounds", holdGroundsUsage, holdGrounds},
		{"hold close", holdCloseUsage, holdClose},
		{"hold except", holdExceptUsage, holdExcept},
		{"hold appeal new", appealNewUsage, appealNew},
		{"hold appeal list", appealListUsage, appealList},
		{"hold appeal show", appealShowUsage, appealShow},
		{"hold appeal accept", appealAcceptUsage, appealAccept},
		{"request new", requestNewUsage, requestNew},
		{"request list", requestListUsage, requestList},
		{"request show", requestShowUsage, requestShow},
		{"request extend", requestExtendUsage, requestExtend},
		{"request decide", requestDecideUsage, requestDecide},
		{"request close", requestCloseUsage, requestClose},
		{"expire", expireUsage, expire},
		{"clock show", clockShowUsage, clockShow},
		{"clock confirm", clockConfirmUsage, clockConfirm},
		{"log verify", logVerifyUsage, logVerify},
		{"log show", logShowUsage, logShow},
		{"log checkpoint", logCheckpointUsage, logCheckpoint},
		{"log proof", logProofUsage, logProof},
		{"log erase", logEraseUsage, logErase},
		{"release new", releaseNewUsage, releaseNew},
		{"release preview", releasePreviewUsage, releasePreview},
		{"release list", releaseListUsage, releaseList},
		{"release show", releaseShowUsage, releaseShow},
		{"release correct", releaseCorrectUsage, releaseCorrect},
		{"release attach", releaseAttachUsage, releaseAttach},
		{"release approve", releaseApproveUsage, releaseApprove},
		{"release review", releaseReviewUsage, releaseReview},
		{"release refuse", releaseRefuseUsage, releaseRefuse},
		{"release export", releaseExportUsage, releaseExport},
		{"release cancel", releaseCancelUsage, releaseCancel},
		{"release password", releasePasswordUsage, releasePassword},
		{"release deliver", releaseDeliverUsage, releaseDeliver},
		{"release receipt", releaseReceiptUsage, releaseReceipt},
		{"release verified", releaseVerifiedUsage, releaseVerified},
		{"release tell", releaseTellUsage, releaseTell},
		{"release close", releaseCloseUsage, releaseClose},
		{"release choices", releaseChoicesUsage, releaseChoices},
		{"statement day", statementDayUsage, statementDay},
		{"statement list", statementListUsage, statementList},
		{"statement answer", statementAnswerUsage, statementAnswer},
		{"statement verify", statementVerifyUsage, statementVerify},
		{"sign list", signListUsage, signList},
		{"sign coverage", signCoverageUsage, signCoverage},
		{"sign history", signHistoryUsage, signHistory},
		{"sign zone", signZoneUsage, signZone},
		{"sign put", signPutUsage, signPut},
		{"sign inspect", signInspectUsage, signInspect},
		{"sign mend", signMendUsage, signMend},
		{"sign round begin", signRoundBeginUsage, signRoundBegin},
		{"sign round list", signRoundListUsage, signRoundList},
		{"sign round show", signRoundShowUsage, signRoundShow},
		{"sign round close", signRoundCloseUsage, signRoundClose},
		{"sign picture", signPictureUsage, signPicture},
		{"sign plan add", signPlanAddUsage, signPlanAdd},
		{"sign plan list", signPlanListUsage, signPlanList},
		{"sign plan change", signPlanChangeUsage, signPlanChange},
		{"sign plan place", signPlanPlaceUsage, signPlanPlace},
		{"sign export", signExportUsage, signExport},
		{"sign import", signImportUsage, signImport},
		{"sign override", signOverrideUsage, signOverride},
		{"sign print", signPrintUsage, signPrint},
		{"sign notice", signNoticeUsage, signNotice},
		{"sign publish", signPublishUsage, signPublish},
		{"user first", userFirstUsage, userFirst},
		{"user add", userAddUsage, userAdd},
		{"user list", userListUsage, userList},
		{"user disable", userActUsage("disable", "", "Takes an account out of use: its sessions and links end."), userAct("disable")},
		{"user enable", userActUsage("enable", "", "Takes a disabled account into use again."), userAct("enable")},
		{"user reset", userActUsage("reset", "", "Takes password and second factor away and prints the one-time link, good for\nthree days, through which the person sets both anew."), userAct("reset")},
		{"user sign-out", userActUsage("sign-out", "", "Ends all sessions of an account."), userAct("sign-out")},
		{"user roles", userActUsage("roles", " --role ROLE,...", "Gives an account other roles, of guard, lead, approver, privacy, admin, or\nsupplier alone. Its sessions end."), userAct("roles")},
		{"user expiry", userActUsage("expiry", " --expires TIME|never", "Says until when an account lasts; a supplier's at most 30 days."), userAct("expiry")},
		{"user erase", userActUsage("erase", "", "Takes the names out of an account for good and disables it. The ledger keeps\nits id."), userAct("erase")},
		{"user token", userTokenUsage, userToken},
		{"user tokens", userTokensUsage, userTokens},
		{"user revoke", userRevokeUsage, userRevoke},
		{"keys show", keysShowUsage, keysShow},
		{"keys rotate", keysRotateUsage, keysRotate},
		{"keys request", keysRequestUsage, keysRequest},
		{"keys use", keysUseUsage, keysUse},
		{"verify", verifyUsage, verifyPackage},
		{"check", checkUsage, check},
		{"backup", backupUsage, backup},
		{"restore", restoreUsage, restore},
		{"version", versionUsage, version},
	}
}

// run carries out the command that args name and returns the exit code.
func run(c console, args []string) int {
	if len(args) > 0 && (args[0] == "help" || args[0] == "--help" || args[0] == "-h") {
		return c.report(c.help(args[1:]), false)
	}
	cmd, rest, err := find(args)
	if err != nil {
		return c.report(err, false)
	}
	o := newOptions(rest)
	err = cmd.run(context.Background(), c, o)
	if errors.Is(err, errHelp) {
		fmt.Fprint(c.out, cmd.usage)
		return exitDone
	}
	var f failure
	if errors.As(err, &f) && f.exit == exitUsage && f.hint == "" {
		f.hint = "sjudager help " + cmd.name + " explains it"
		err = f
	}
	return c.report(err, o.json || slices.Contains(rest, "--json")) // also when parsing ended before it
}

// find returns the command that args begin with and the arguments that are left.
func find(args []string) (command, []string, error) {
	all := commands()
	if len(args) == 0 {
		return command{}, nil, misuse("no command", "sjudager help lists them, sjudager demo shows what it is about")
	}
	two, three := strings.Join(args[:min(2, len(args))], " "), strings.Join(args[:min(3, len(args))], " ")
	var names, below []string
	for _, cmd := range all {
		if cmd.name == three || cmd.name == two || cmd.name == args[0] {
			return cmd, args[1+strings.Count(cmd.name, " "):], nil
		}
		names = append(names, cmd.name)
		if group, sub, _ := strings.Cut(cmd.name, " "); group == args[0] {
			below = append(below, sub)
		}
	}
	hint, typed := "sjudager help lists the commands", []string{two, args[0]} // as in "hold-place" and "stauts"
	if len(below) > 0 {
		hint = fmt.Sprintf("after %s comes one of: %s", args[0], strings.Join(below, ", "))
		typed = typed[:len(args[:min(2, len(args))])-1]
	}
	for _, t := range typed {
		if near := configs.Nearest(t, names); near != "" {
			hint = "did you mean sjudager " + near + "?"
			break
		}
	}
	return command{}, nil, misuse(fmt.Sprintf("%q is not a command", two), hint)
}

// help prints the usage of the command or group that words name.
func (c console) help(words []string) error {
	name := strings.Join(words, " ")
	if name == "" {
		fmt.Fprint(c.out, usage)
		return nil
	}
	var found []string
	for _, cmd := range commands() {
		if cmd.name == name || strings.HasPrefix(cmd.name, name+" ") {
			found = append(found, cmd.usage)
		}
	}
	if len(found) == 0 {
		_, _, err := find(words)
		return err
	}
	fmt.Fprint(c.out, strings.Join(found, "\n"))
	return nil
}
