package reports
import ("testing";"math/rand/v2";"os";"fmt")
func TestZZ(t *testing.T){
 found:=0
 for seed:=uint64(0);seed<300&&found<4;seed++{
  r:=rand.New(rand.NewPCG(seed,1)); w:=newWorld(r,3)
  var first map[string]string
  for _,size:=range []int{1,2,4,7}{
   dir:=t.TempDir()
   if err:=w.run(dir,w.owners(r,size),size,nil,finish);err!=nil{t.Fatal(err)}
   f:=contents(t,dir)
   if first==nil{first=f;continue}
   for n:=range f{ if f[n]!=first[n]{
     found++
     a,b:=first[n],f[n]
     fmt.Println(seed,size,n,len(a),len(b), w.plan.Reports, len(w.pops))
     os.WriteFile(fmt.Sprintf("/tmp/a%d.h5",found),[]byte(a),0o666); os.WriteFile(fmt.Sprintf("/tmp/b%d.h5",found),[]byte(b),0o666)
   }}
  }
 }
}
