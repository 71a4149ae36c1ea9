package engine
import ("testing";"os";"netsim/nmodl";"netsim/nmodl/lower";"fmt";"netsim/mechanisms";"path/filepath";"strings")
func TestZZShow(t *testing.T){
 want := os.Getenv("SHOW")
 show := func(path string, text []byte){
  f,s,ds := nmodl.ParseSource(path,text)
  m,d2 := lower.Compile(f,s,lower.Options{})
  _ = ds; _ = d2
  if m==nil {fmt.Println(path,"nil"); return}
  if strings.Contains(","+want+",", ","+m.Name+",") { fmt.Println(m.Text()) }
 }
 for _, s := range mechanisms.Sources() { show(s.File,s.Text) }
 g,_ := filepath.Glob("/tmp/ns/allen/bio_components/mechanisms/modfiles/*.mod")
 for _, p := range g { b,_ := os.ReadFile(p); show(p,b) }
}
