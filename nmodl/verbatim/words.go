package verbatim

// words are the tokens of C text, directives and all.
func words(text string) []token {
	s := scanner{text: text}
	var out []token
	for s.at < len(s.text) {
		out = append(out, s.line()...)
		s.err = nil
	}
	return out
}

// Mentions reports whether C text uses a name, in any branch of #if.
func Mentions(text, name string) bool {
	for _, t := range words(text) {
		if t.kind == tokName && t.text == name {
			return true
		}
	}
	return false
}

// Assigned lists the names that C text may assign to: what stands left of an assignment, beside ++ and --, or behind &.
// It may list too many.
func Assigned(text string) []string {
	var out []string
	toks := words(text)
	for k, t := range toks {
		if t.kind != tokName {
			continue
		}
		if k > 0 && toks[k-1].kind == tokOp {
			switch toks[k-1].text {
			case "&", "++", "--":
				out = append(out, t.text)
				continue
			}
		}
		if assignedBehind(toks[k+1:]) {
			out = append(out, t.text)
		}
	}
	return out
}

// assignedBehind reports whether an assignment stands behind a name and its indices.
func assignedBehind(toks []token) bool {
	depth := 0
	for _, t := range toks {
		switch {
		case t.kind == tokOp && t.text == "[":
			depth++
		case t.kind == tokOp && t.text == "]":
			depth--
		case depth > 0:
		default:
			switch t.text {
			case "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "++", "--":
				return t.kind == tokOp
			}
			return false
		}
	}
	return false
}
