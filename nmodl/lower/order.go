package lower

// minorder is the order of elimination that scopmath's spar_minorder finds (sparse_thread.hpp), done on the pattern
// of the matrix alone. pattern[row][col] tells which elements exist; elements that elimination fills in are added.
// The result lists rows in the order in which they become pivots.
//
// NEURON's rows wait in a list sorted by their number of elements; a row is put before rows of equal number.
func minorder(pattern [][]bool) []int {
	n := len(pattern)
	at := make([]int, n) // at[position] = row: pivots first, then the others in the order they keep
	for i := range at {
		at[i] = i
	}
	count := make([]int, n)
	var waiting []int
	insert := func(row int) {
		i := 0
		for i < len(waiting) && count[waiting[i]] < count[row] {
			i++
		}
		waiting = append(waiting[:i], append([]int{row}, waiting[i:]...)...)
	}
	remove := func(row int) {
		for i, r := range waiting {
			if r == row {
				waiting = append(waiting[:i], waiting[i+1:]...)
				return
			}
		}
	}
	for row := range n {
		for col := range n {
			if pattern[row][col] {
				count[row]++
			}
		}
		insert(row)
	}
	for i := range n {
		pivot := waiting[0]
		j := i
		for at[j] != pivot {
			j++
		}
		copy(at[i+1:j+1], at[i:j])
		at[i] = pivot
		for _, row := range at[i+1:] {
			if !pattern[row][pivot] {
				continue
			}
			for _, col := range at[i+1:] {
				if pattern[pivot][col] && !pattern[row][col] {
					pattern[row][col] = true
					remove(row)
					count[row]++
					insert(row)
				}
			}
			remove(row)
			count[row]--
			insert(row)
		}
		remove(pivot)
	}
	return at
}
