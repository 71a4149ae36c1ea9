package main
import ("os";"netsim/benchmarks/worker";"netsim/benchmarks/ring";"netsim/benchmarks/bigcell";"strings";"fmt")
func main(){
 for _,x:=range []struct{n int;v ring.Variant;t float64}{{8,ring.A,200},{64,ring.A,50},{64,ring.B,50},{512,ring.B,12.5}} {
  m:=ring.New(x.n,100,x.v,x.t); m.Write("/tmp/ns/m.json"); fmt.Println(m.Name,m.Compartments()*m.Steps())
  if err:=worker.Serve(worker.Options{Model:"/tmp/ns/m.json",Threads:1},strings.NewReader("run /tmp/ns/sp.txt\nrun /tmp/ns/sp.txt\n"),os.Stdout);err!=nil{panic(err)}
 }
  m:=bigcell.New(10000,6,"hh",10); m.Write("/tmp/ns/m.json"); fmt.Println(m.Name,m.Compartments()*m.Steps())
  if err:=worker.Serve(worker.Options{Model:"/tmp/ns/m.json",Threads:1},strings.NewReader("run /tmp/ns/sp.txt\nrun /tmp/ns/sp.txt\n"),os.Stdout);err!=nil{panic(err)}
}
