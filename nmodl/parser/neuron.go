package parser

import (
	"strings"

	"netsim/nmodl/ast"
	"netsim/nmodl/diag"
	"netsim/nmodl/scanner"
)

// neuronWords are the statements of the NEURON block.
var neuronWords = []string{
	"ARTIFICIAL_CELL", "BBCOREPOINTER", "ELECTRODE_CURRENT", "EXTERNAL", "GLOBAL", "NONSPECIFIC_CURRENT", "POINTER",
	"POINT_PROCESS", "RANDOM", "RANGE", "REPRESENTS", "SUFFIX", "THREADSAFE", "USEION",
}

func (p *parser) neuron() {
	n := p.out.Neuron
	if n == nil {
		// A second NEURON block continues the first.
		n = &ast.Neuron{Pos: p.pos()}
		p.out.Neuron = n
	}
	p.body("NEURON", func() { p.neuronStmt(n) })
}

func (p *parser) neuronStmt(n *ast.Neuron) {
	word := p.tok.Text
	if p.word("SECTION") {
		p.next()
		n.Section = append(n.Section, p.nameList(word)...)
		return
	}
	if p.tok.Kind != scanner.Keyword {
		p.fail("expected a statement of NEURON, found "+p.found(), neuronHint(p.tok))
	}
	switch word {
	case "SUFFIX", "POINT_PROCESS", "ARTIFICIAL_CELL":
		p.next()
		name := p.name(word, word+" name")
		n.Kind, n.Name, n.NamePos = word, name.Name, name.Pos
	case "USEION":
		n.UseIons = append(n.UseIons, p.useIon())
	case "NONSPECIFIC_CURRENT":
		p.names(&n.Nonspecific)
	case "ELECTRODE_CURRENT":
		p.names(&n.ElectrodeCur)
	case "RANGE":
		p.names(&n.Range)
	case "GLOBAL":
		p.names(&n.Global)
	case "POINTER":
		p.names(&n.Pointer)
	case "BBCOREPOINTER":
		p.names(&n.BBCorePointer)
	case "EXTERNAL":
		p.names(&n.External)
	case "RANDOM":
		p.names(&n.Random)
	case "THREADSAFE":
		n.ThreadSafe = true
		p.next()
		if p.tok.Kind == scanner.Name && !p.word("SECTION") {
			n.ThreadSafeNames = append(n.ThreadSafeNames, p.nameList(word)...)
		}
	case "REPRESENTS":
		n.Representing = p.represents()
	default:
		p.fail(word+" cannot stand in NEURON", neuronHint(p.tok))
	}
}

func neuronHint(t scanner.Token) string {
	if t.Kind == scanner.Name {
		if h := diag.DidYouMean(strings.ToUpper(t.Text), neuronWords); h != "" {
			return h
		}
	}
	return "NEURON has " + strings.Join(neuronWords, ", ")
}

func (p *parser) names(list *[]ast.Name) {
	word := p.tok.Text
	p.next()
	*list = append(*list, p.nameList(word)...)
}

func (p *parser) useIon() ast.UseIon {
	const form = "USEION ion READ name, … WRITE name, … VALENCE number"
	u := ast.UseIon{Pos: p.pos()}
	p.next()
	u.Ion = p.name("USEION", form).Name
	if !p.is("READ") && !p.is("WRITE") {
		p.fail("USEION "+u.Ion+" neither reads nor writes", form)
	}
	if p.is("READ") {
		p.names(&u.Read)
	}
	if p.is("WRITE") {
		p.names(&u.Write)
	}
	if p.is("READ") {
		p.fail("READ must stand before WRITE", form)
	}
	if p.accept("VALENCE") || p.accept("CHARGE") {
		u.HasValence = true
		u.Valence, _ = p.number("VALENCE", form)
	}
	if p.is("REPRESENTS") {
		p.represents()
	}
	return u
}

// represents reads REPRESENTS NCIT:C17145, with or without brackets.
func (p *parser) represents() string {
	id, ok := p.raw().Ontology()
	if !ok {
		p.next()
		p.fail("expected an identifier such as NCIT:C17145 after REPRESENTS", "REPRESENTS name:name or REPRESENTS [name:name]")
	}
	p.next()
	return id
}

func (p *parser) units() {
	const form = "(mV) = (millivolt), F = (faraday) (coulomb), f = (foot) -> (inch), or F = 96485 (coulomb)"
	p.body("UNITS", func() {
		u := ast.UnitDef{Pos: p.pos()}
		if p.is("(") {
			u.Kind = "unit"
			u.Name = p.mustUnit()
			p.expect("=", "UNITS", form)
			u.Unit1 = p.mustUnit()
			p.out.Units = append(p.out.Units, u)
			return
		}
		u.Name = p.name("UNITS", form).Name
		p.expect("=", "UNITS", form)
		if p.is("(") {
			u.Kind = "factor"
			u.Unit1 = p.mustUnit()
			if p.accept("-") {
				p.expect(">", "UNITS", form)
			}
			u.Unit2 = p.mustUnit()
		} else {
			u.Kind = "number"
			if p.is("-") {
				p.fail("a constant of UNITS cannot be negative", "declare it in CONSTANT")
			}
			_, u.Number = p.number("UNITS", form)
			u.Unit1 = p.mustUnit()
		}
		p.out.Units = append(p.out.Units, u)
	})
}
