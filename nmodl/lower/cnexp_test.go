package lower

import (
	"fmt"
	"strings"
	"testing"

	"netsim/nmodl/ast"
	"netsim/nmodl/parser"
)

// text writes an expression as nocmodl's C, without blanks.
func text(e ast.Expr) string {
	switch e := e.(type) {
	case nil:
		return "0.0"
	case *ast.Number:
		if e.Int {
			return e.Text + ".0"
		}
		return e.Text
	case *ast.VarRef:
		return e.Name
	case *ast.Paren:
		return "(" + text(e.X) + ")"
	case *ast.Unary:
		return e.Op + text(e.X)
	case *ast.Binary:
		return text(e.X) + e.Op + text(e.Y)
	case *ast.Call:
		var args []string
		for _, a := range e.Args {
			args = append(args, text(a))
		}
		return e.Name + "(" + strings.Join(args, ",") + ")"
	}
	return fmt.Sprintf("%T", e)
}

// rewritten is the statement that replaces A' = f.
func rewritten(t *testing.T, f string) string {
	t.Helper()
	file, ds := parser.Parse("x.mod", []byte("NEURON { SUFFIX x }\nSTATE { A B }\nDERIVATIVE d { A' = "+f+"\n}\n"), nil)
	if len(ds) > 0 {
		t.Fatalf("%s: %v", f, ds)
	}
	d := file.Equations[0].Body.Stmts[0].(*ast.DiffEq)
	q, ok := analyse("A", d.Rhs)
	switch {
	case !ok:
		return "derivimplicit"
	case q.a == nil:
		return "A=A-dt*(-(" + text(q.b) + "))"
	case q.nonlinear || q.b == nil && q.a2 == nil:
		return "A=A+(1.-exp(dt*(" + text(q.a) + ")))*(-A)"
	}
	return "A=A+(1.-exp(dt*(" + text(q.a) + ")))*(-(" + text(q.b) + ")/(" + text(q.a2) + ")-A)"
}

// The expected texts are nocmodl 9.0.2's.
func TestCnexpRules(t *testing.T) {
	for _, c := range []struct{ f, want string }{
		{"A", "A = A + (1. - exp(dt*(1.0)))*(- ( 0.0 ) / ( 1.0 ) - A)"},
		{"0", "A = A - dt*(- ( 0.0 ) )"},
		{"k+0*1", "A = A - dt*(- ( k ) )"},
		{"k+0/B", "A = A - dt*(- ( k ) )"},
		{"k - B*k - c", "A = A - dt*(- ( k - ( B )*( k ) - c ) )"},
		{"-A/tau", "A = A + (1. - exp(dt*(( - 1.0 ) / tau)))*(- ( 0.0 ) / ( ( - 1.0 ) / tau ) - A)"},
		{"(minf-A)/tau", "A = A + (1. - exp(dt*(( ( ( - 1.0 ) ) ) / tau)))*(- ( ( ( minf ) ) / tau ) / ( ( ( ( - 1.0 ) ) ) / tau ) - A)"},
		{"al*(1-A) - be*A", "A = A + (1. - exp(dt*(( al )*( ( ( - 1.0 ) ) ) - ( be )*( 1.0 ))))*(- ( ( al )*( ( 1.0 ) ) ) / ( ( al )*( ( ( - 1.0 ) ) ) - ( be )*( 1.0 ) ) - A)"},
		{"k*A*c + B", "A = A + (1. - exp(dt*(( ( k )*( 1.0 ) )*( c ))))*(- ( B ) / ( ( ( k )*( 1.0 ) )*( c ) ) - A)"},
		{"0 - A", "A = A + (1. - exp(dt*(( - 1.0 ))))*(- ( 0.0 ) / ( ( - 1.0 ) ) - A)"},
		{"A - c - A", "A = A + (1. - exp(dt*(1.0 - 1.0)))*(- ( ( - c ) ) / ( 1.0 - 1.0 ) - A)"},
		{"A*-tau + B", "A = A + (1. - exp(dt*(( 1.0 )*( - tau ))))*(- ( B ) / ( ( 1.0 )*( - tau ) ) - A)"},
		{"A*0 + B", "A = A + (1. - exp(dt*(( 1.0 )*( 0.0 ))))*(- ( B ) / ( 0.0 ) - A)"},
		{"A*0. + B", "A = A + (1. - exp(dt*(( 1.0 )*( 0. ))))*(- ( B ) / ( ( 1.0 )*( 0. ) ) - A)"},
		{"k+-0*A", "A = A + (1. - exp(dt*(( - 0.0 )*( 1.0 ))))*(- ( k ) / ( 0.0 ) - A)"},
		{"k*(1-A)*(0.0+B) - 0.0", "A = A + (1. - exp(dt*(( ( k )*( ( ( - 1.0 ) ) ) )*( ( 0.0 + B ) ))))*(- ( ( ( k )*( ( 1.0 ) ) )*( ( B ) ) ) / ( ( ( k )*( ( ( - 1.0 ) ) ) )*( ( B ) ) ) - A)"},
		{"(k+A)/0", "A = A + (1. - exp(dt*(( ( 1.0 ) ) / 0.0)))*(- ( ( ( k ) ) / 0.0 ) / ( ( ( 1.0 ) ) / 0.0 ) - A)"},
		{"-exp(B)*A", "A = A + (1. - exp(dt*(( - exp ( B ) )*( 1.0 ))))*(- ( 0.0 ) / ( ( - exp ( B ) )*( 1.0 ) ) - A)"},
		{"-(-k)*A", "A = A + (1. - exp(dt*(( - ( - k ) )*( 1.0 ))))*(- ( 0.0 ) / ( ( - ( - k ) )*( 1.0 ) ) - A)"},
		{"A*2*A", "A = A + (1. - exp(dt*((( ( 1.0 )*( 2.0 ) )*( A ) + ( A * 2.0 )*( 1.0 )))))*( - A)"},
		{"k+(A+B)*(c+A)/k", "A = A + (1. - exp(dt*(( (( ( 1.0 ) )*( ( c + A ) ) + ( ( A + B ) )*( ( 1.0 ) )) ) / k)))*( - A)"},
		{"k-(A+B)*(c+A)/k + A", "A = A + (1. - exp(dt*(( - ( (( ( 1.0 ) )*( ( c + A ) ) + ( ( A + B ) )*( ( 1.0 ) )) ) / k ) + 1.0)))*( - A)"},
		{"(k-c)*(c+A)*(B-A)", "A = A + (1. - exp(dt*((( ( ( k - c ) )*( ( 1.0 ) ) )*( ( B - A ) ) + ( ( k - c ) * ( c + A ) )*( ( ( - 1.0 ) ) )))))*( - A)"},
		{"exp(A)", "derivimplicit"},
		{"k/A", "derivimplicit"},
		{"0/A", "derivimplicit"},
	} {
		if got, want := rewritten(t, c.f), strings.ReplaceAll(c.want, " ", ""); got != want {
			t.Errorf("A' = %s\n got %s\nwant %s", c.f, got, want)
		}
	}
}
