package nmodl
import ("testing";"os";"path/filepath";"fmt";"netsim/nmodl/diag")
func TestZZ(t *testing.T){
 fs,_:=filepath.Glob(os.Getenv("ZZ")+"/*.mod")
 for _,f:=range fs {
  a,_,ds:=ParseFile(f)
  r:="ok"; if diag.HasErrors(ds){r="rej"}
  fmt.Printf("ZZ %s %s\n",filepath.Base(f),r)
  if os.Getenv("ZZV")!="" {fmt.Print(Render(a,ds))}
 }
}
