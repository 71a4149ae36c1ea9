package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Ranks is what checkpoints need of the other ranks; spikeexchange.Exchanger has it. A checkpoint that could not be
// written ends no run: faults are agreed on by GatherJSON and BcastBytes, which leave the ranks in order.
type Ranks interface {
	Rank() int
	Size() int
	GatherJSON(v any) ([]json.RawMessage, error)
	BcastBytes(b []byte) ([]byte, error)
}

// ErrNone says that there is no checkpoint.
var ErrNone = errors.New("there is no checkpoint")

// kept is how many checkpoints stay.
const kept = 2

const temporary = "tmp-"

// Write writes a checkpoint into a folder; all ranks call it. save writes this rank's file. Manifest needs neither Ranks
// nor Files. It returns the checkpoint's own folder. Errors, the same on every rank: those of save and of the file system;
// the checkpoints before are not touched then.
func Write(files Files, ranks Ranks, folder string, m Manifest, save func(io.Writer) error) (string, error) {
	return write(files, ranks, folder, m, save, func() (string, error) {
		numbers, err := list(files, folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("could not list the checkpoints: %w", err)
		}
		next := 1
		if len(numbers) > 0 {
			next = numbers[0] + 1
		}
		return fmt.Sprintf("%06d", next), nil
	}, func() { clean(files, folder, kept) })
}

// WriteState writes a saved state as a folder of its own, which must not be there yet.
func WriteState(files Files, ranks Ranks, path string, m Manifest, save func(io.Writer) error) error {
	_, err := write(files, ranks, filepath.Dir(path), m, save, func() (string, error) { return filepath.Base(path), nil }, func() {})
	return err
}

func write(files Files, ranks Ranks, folder string, m Manifest, save func(io.Writer) error, choose func() (string, error), after func()) (string, error) {
	var name, tmp string
	err := onFirst(ranks, &name, func() (string, error) {
		name, err := choose()
		if err != nil {
			return "", err
		}
		tmp := filepath.Join(folder, temporary+name)
		if err = errors.Join(files.MkdirAll(folder), files.RemoveAll(tmp)); err == nil {
			err = files.MkdirAll(tmp)
		}
		if err == nil {
			err = files.SyncFolder(filepath.Dir(folder))
		}
		return name, wrap("could not make a folder for a checkpoint", err)
	})
	if err != nil {
		return "", err
	}
	tmp = filepath.Join(folder, temporary+name)
	mine := written{File: File{Name: fmt.Sprintf("rank%05d.state", ranks.Rank())}}
	if err := mine.write(files, tmp, save); err != nil {
		mine.Fault = err.Error()
	}
	raw, err := ranks.GatherJSON(mine)
	if err != nil {
		return "", err
	}
	final := filepath.Join(folder, name)
	var done string
	err = onFirst(ranks, &done, func() (string, error) {
		if err := finish(files, tmp, final, &m, raw); err != nil {
			_ = files.RemoveAll(tmp)
			return "", err
		}
		after()
		return final, nil
	})
	return final, err
}

// written is what a rank tells rank 0.
type written struct {
	File
	Fault string
}

func (w *written) write(files Files, folder string, save func(io.Writer) error) error {
	f, err := files.Create(filepath.Join(folder, w.Name))
	if err != nil {
		return fmt.Errorf("could not write a checkpoint: %w", err)
	}
	sum := &summed{w: f, sum: crc32.New(castagnoli)}
	err = save(sum)
	if err == nil {
		err = wrap("could not write a checkpoint", f.Sync())
	}
	w.Size, w.CRC = sum.n, sum.sum.Sum32()
	return errors.Join(err, wrap("could not write a checkpoint", f.Close()))
}

type summed struct {
	w   io.Writer
	sum hash.Hash32
	n   int64
}

func (s *summed) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	s.sum.Write(b[:n])
	s.n += int64(n)
	return n, err
}

func finish(files Files, tmp, final string, m *Manifest, raw []json.RawMessage) error {
	m.Format, m.Ranks, m.Files = format, len(raw), nil
	for rank, r := range raw {
		var w written
		if err := json.Unmarshal(r, &w); err != nil {
			return fmt.Errorf("could not read what rank %d wrote: %w", rank, err)
		}
		if w.Fault != "" {
			return fmt.Errorf("rank %d: %s", rank, w.Fault)
		}
		m.Files = append(m.Files, w.File)
	}
	if err := writeManifest(files, tmp, m); err != nil {
		return err
	}
	if err := files.SyncFolder(tmp); err != nil {
		return fmt.Errorf("could not sync a checkpoint: %w", err)
	}
	if err := files.Rename(tmp, final); err != nil {
		return fmt.Errorf("could not put a checkpoint in its place: %w", err)
	}
	return wrap("could not sync the checkpoints", files.SyncFolder(filepath.Dir(final)))
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// onFirst has rank 0 do something and tells all ranks what came of it.
func onFirst[T any](ranks Ranks, out *T, do func() (T, error)) error {
	type result struct {
		Value T
		Fault string
	}
	var mine result
	var cause error
	if ranks.Rank() == 0 {
		mine.Value, cause = do()
		if cause != nil {
			mine.Fault = cause.Error()
		}
	}
	b, err := json.Marshal(mine)
	if err != nil {
		return fmt.Errorf("could not encode %T: %w", mine, err)
	}
	if b, err = ranks.BcastBytes(b); err != nil {
		return err
	}
	var all result
	if err := json.Unmarshal(b, &all); err != nil {
		return fmt.Errorf("could not read what rank 0 says: %w", err)
	}
	if all.Fault != "" {
		if cause == nil {
			cause = errors.New(all.Fault)
		}
		return cause
	}
	*out = all.Value
	return nil
}

// list returns the numbers of the checkpoints with names, the newest first.
func list(files Files, folder string) ([]int, error) {
	names, err := files.List(folder)
	var numbers []int
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil && fmt.Sprintf("%06d", n) == name {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	slices.Reverse(numbers)
	return numbers, err
}

// clean removes all but the newest checkpoints, and what was never finished. That it could not be removed does no harm.
func clean(files Files, folder string, keep int) {
	numbers, _ := list(files, folder)
	for _, n := range numbers[min(keep, len(numbers)):] {
		old := filepath.Join(folder, fmt.Sprintf("%06d", n))
		// Its name goes first, so that half of it is never taken for a whole.
		if files.Rename(old, filepath.Join(folder, temporary+"old")) == nil {
			_ = files.RemoveAll(filepath.Join(folder, temporary+"old"))
		}
	}
	names, _ := files.List(folder)
	for _, name := range names {
		if strings.HasPrefix(name, temporary) {
			_ = files.RemoveAll(filepath.Join(folder, name))
		}
	}
}

// Remove removes all checkpoints.
func Remove(files Files, folder string) error {
	clean(files, folder, 0)
	return wrap("could not remove the checkpoints", files.RemoveAll(folder))
}

// Exists tells whether there is a checkpoint, damaged or not.
func Exists(files Files, folder string) bool {
	numbers, _ := list(files, folder)
	return len(numbers) > 0
}

// Checkpoint is one that was found.
type Checkpoint struct {
	Manifest
	Path string
}

// Newest finds the newest checkpoint that is whole; all ranks call it, and each checks the checksums of some files.
// skipped says what is wrong with newer ones. Errors: ErrNone.
func Newest(files Files, ranks Ranks, folder string) (c *Checkpoint, skipped []string, err error) {
	var numbers []int
	err = onFirst(ranks, &numbers, func() ([]int, error) {
		numbers, err := list(files, folder)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return numbers, err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("could not list the checkpoints: %w", err)
	}
	for _, n := range numbers {
		path := filepath.Join(folder, fmt.Sprintf("%06d", n))
		c, err := Read(files, ranks, path)
		if err == nil {
			return c, skipped, nil
		}
		var damage *DamageError
		if !errors.As(err, &damage) {
			return nil, skipped, err
		}
		skipped = append(skipped, err.Error())
	}
	return nil, skipped, fmt.Errorf("%w in %q", ErrNone, folder)
}

// DamageError is a checkpoint that cannot be used.
type DamageError struct{ Path, Why string }

func (d *DamageError) Error() string {
	return fmt.Sprintf("the checkpoint %q cannot be used: %s", d.Path, d.Why)
}

// Read opens the checkpoint or saved state in a folder; all ranks call it. Errors: a DamageError.
func Read(files Files, ranks Ranks, path string) (*Checkpoint, error) {
	c := &Checkpoint{Path: path}
	err := onFirst(ranks, &c.Manifest, func() (Manifest, error) {
		m, err := readManifest(files, path)
		if err != nil {
			return Manifest{}, err
		}
		return *m, nil
	})
	if err != nil {
		return nil, &DamageError{path, err.Error()}
	}
	why := ""
	for k := ranks.Rank(); k < len(c.Files) && why == ""; k += ranks.Size() {
		if err := c.verify(files, &c.Files[k]); err != nil {
			why = err.Error()
		}
	}
	raw, err := ranks.GatherJSON(why)
	if err != nil {
		return nil, err
	}
	var nothing bool
	err = onFirst(ranks, &nothing, func() (bool, error) {
		for _, r := range raw {
			var why string
			if err := json.Unmarshal(r, &why); err != nil || why != "" {
				return false, errors.New(why)
			}
		}
		return true, nil
	})
	if err != nil {
		return nil, &DamageError{path, err.Error()}
	}
	return c, nil
}

func (c *Checkpoint) verify(files Files, f *File) error {
	r, err := files.Open(filepath.Join(c.Path, f.Name))
	if err != nil {
		return err
	}
	defer r.Close()
	if r.Size() != f.Size {
		return fmt.Errorf("%s has %d bytes, not %d", f.Name, r.Size(), f.Size)
	}
	sum := crc32.New(castagnoli)
	if _, err := io.Copy(sum, io.NewSectionReader(r, 0, f.Size)); err != nil {
		return err
	}
	if sum.Sum32() != f.CRC {
		return fmt.Errorf("the checksum of %s is wrong", f.Name)
	}
	return nil
}

// Open opens the files of all ranks.
func (c *Checkpoint) Open(files Files) ([]Reader, error) {
	var out []Reader
	for _, f := range c.Files {
		r, err := files.Open(filepath.Join(c.Path, f.Name))
		if err != nil {
			for _, o := range out {
				o.Close()
			}
			return nil, fmt.Errorf("could not open a checkpoint: %w", err)
		}
		out = append(out, r)
	}
	return out, nil
}
