package account

import (
	"slices"
	"strings"
	"testing"
)

// The table once more, as somebody would say it who decides about it. "-" is for
// what no program may do, whatever its role.
const said = `
own         guard lead approver privacy admin supplier -
see         guard lead approver privacy admin supplier
watch       guard lead approver privacy
frozen      privacy
see-holds   guard lead approver privacy
quick-hold  guard lead
hold        lead -
release     lead -
approve     approver -
see-releases lead approver privacy -
stop-release lead approver privacy -
requests    privacy -
inspect     guard lead privacy admin
signs       lead privacy
read-log    privacy
prove-log   privacy admin
erase-log   privacy -
operate     admin
settings    privacy admin
users       admin -
`

func TestRights(t *testing.T) {
	rights := Rights()
	for line := range strings.Lines(strings.TrimSpace(said)) {
		words := strings.Fields(line)
		right := Right(words[0])
		rights = slices.DeleteFunc(rights, func(r Right) bool { return r == right })
		for _, role := range Roles {
			want := slices.Contains(words[1:], string(role))
			person := &Identity{ID: "u-a", Roles: []Role{role}}
			if person.May(right) != want {
				t.Errorf("%s: %s %v", right, role, !want)
			}
			program := &Identity{ID: "t-a", Roles: []Role{role}, Token: true}
			if program.May(right) != (want && !slices.Contains(words, "-")) {
				t.Errorf("%s: a token of %s %v", right, role, !want)
			}
		}
		if !(&Identity{ID: "uid:0", Machine: true}).May(right) {
			t.Errorf("%s: not over the socket", right)
		}
		if (*Identity)(nil).May(right) || (&Identity{}).May(right) {
			t.Errorf("%s: nobody may", right)
		}
		if !(&Identity{Roles: []Role{Guard, Lead, Approver, Privacy, Admin}}).May(right) {
			t.Errorf("%s: not even with all roles", right)
		}
	}
	if !slices.Equal(rights, []Right{Open}) {
		t.Errorf("nobody has said who has %v", rights)
	}
	if !(*Identity)(nil).May(Open) || (&Identity{Machine: true}).May("no such right") {
		t.Error("what is open is closed, or what does not exist is open")
	}
}

func TestParseRoles(t *testing.T) {
	for list, want := range map[string]string{"guard": "guard", " lead, guard ,": "lead+guard", "": "", "boss": "", "guard,guard": "", "supplier,guard": ""} {
		roles, err := ParseRoles(list)
		if want == "" && err == nil || want != "" && (err != nil || word(roles) != want) {
			t.Errorf("%q: %v %v", list, roles, err)
		}
	}
}
