package simulation

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"netsim/checkpoint"
	"netsim/engine"
	"netsim/sonata/config"
	"netsim/spikeexchange"
)

// Every is how often a run writes a checkpoint; zero: only when it is asked to leave.
type Every struct {
	Wall      time.Duration
	Simulated float64 // ms
}

// ParseEvery reads "10min", "1h30m" or "90s" as time on the wall, and "1000ms" as simulated time. Errors: anything else.
func ParseEvery(text string) (Every, error) {
	if text == "" {
		return Every{}, nil
	}
	if number, ok := strings.CutSuffix(text, "ms"); ok {
		ms, err := strconv.ParseFloat(number, 64)
		if err == nil && ms > 0 && !math.IsInf(ms, 0) {
			return Every{Simulated: ms}, nil
		}
	} else if d, err := time.ParseDuration(strings.Replace(text, "min", "m", 1)); err == nil && d > 0 {
		return Every{Wall: d}, nil
	}
	return Every{}, fmt.Errorf("%q is no time between checkpoints: write 10min, 90s or 2h for time on the wall, 1000ms for simulated time", text)
}

func (e Every) set() bool { return e != Every{} }

// Resume says whether a run goes on from a checkpoint in its output folder.
type Resume int

// What a run does with checkpoints that it finds.
const (
	Anew       Resume = iota // remove them
	IfThere                  // go on from the newest, if there is one
	FromNewest               // go on from the newest; none is an error
)

// Leaving is why a run ends before its time. A larger one goes before a smaller one.
type Leaving uint8

// The reasons.
const (
	Stay        Leaving = iota
	onlyWrite           // no reason to leave: a checkpoint is due
	Interrupted         // somebody lost interest (ctrl-C): files are made of what was recorded
	Requeue             // the time limit is near: write a checkpoint, to go on later
	Terminated          // the process is being ended: likewise
)

// Stopped is the end of a run that was asked to leave. All ranks return the same.
type Stopped struct {
	Why        Leaving
	Cause      error   // on a rank that was asked
	T          float64 // ms
	Checkpoint string  // its folder; empty: there is none
	Output     string  // folder
	Merged     bool    // files were made of what was recorded
}

func (s *Stopped) Error() string {
	text := fmt.Sprintf("stopped at t = %.10g ms", s.T)
	if s.Cause != nil {
		text += fmt.Sprintf(" (%v)", s.Cause)
	}
	switch {
	case s.Checkpoint != "" && s.Merged:
		text += fmt.Sprintf("; the files hold what was recorded, netsim resume %s goes on", s.Output)
	case s.Checkpoint != "":
		text += fmt.Sprintf("; netsim resume %s goes on, netsim merge %[1]s makes files of what was recorded", s.Output)
	case s.Merged:
		text += "; the files hold what was recorded"
	default:
		text += fmt.Sprintf("; netsim merge %s makes files of what was recorded", s.Output)
	}
	return text
}

// Unwrap is why.
func (s *Stopped) Unwrap() error { return s.Cause }

// Settings is how a run was started, so far as it takes part in what comes out: it is kept in checkpoints.
type Settings struct {
	Load      config.Options `json:"load"`
	Every     string         `json:"every,omitempty"`
	SaveState string         `json:"save_state,omitempty"`
	Start     float64        `json:"start_ms,omitempty"` // where the run began: of a restored state
}

// FindCheckpoint finds the newest checkpoint in an output folder; all ranks call it. Errors: checkpoint.ErrNone.
func FindCheckpoint(ranks spikeexchange.Exchanger, output string) (*checkpoint.Checkpoint, Settings, []string, error) {
	c, skipped, err := checkpoint.Newest(checkpoint.Disk{}, ranks, checkpoints(output))
	if err != nil {
		return nil, Settings{}, skipped, err
	}
	var s Settings
	if err := json.Unmarshal(c.Options, &s); err != nil {
		return nil, Settings{}, skipped, fmt.Errorf("could not read the options in the checkpoint %q: %w", c.Path, err)
	}
	return c, s, skipped, nil
}

// HasCheckpoint tells whether an output folder has checkpoints.
func HasCheckpoint(output string) bool {
	return checkpoint.Exists(checkpoint.Disk{}, checkpoints(output))
}

// RemoveCheckpoints removes those of a run that is complete.
func RemoveCheckpoints(output string) error {
	return checkpoint.Remove(checkpoint.Disk{}, checkpoints(output))
}

func checkpoints(output string) string { return filepath.Join(output, checkpoint.FolderName) }

// source finds what the run starts from, besides INITIAL: a checkpoint, or a saved state.
func (r *run) source() error {
	cfg := r.model.cfg
	if r.opt.Resume != Anew {
		c, settings, skipped, err := FindCheckpoint(r.ranks, cfg.Output.Dir)
		for _, s := range skipped {
			r.log.Warn().Msg(s)
		}
		switch {
		case err == nil:
			r.from, r.began = c, settings.Start
			return nil
		case r.opt.Resume == FromNewest || !errors.Is(err, checkpoint.ErrNone):
			return r.ranks.FirstError(fmt.Errorf("could not resume: %w", err))
		}
	}
	var err error
	if path := r.opt.SaveState; path != "" {
		if _, e := os.Lstat(path); e == nil {
			err = &InputError{Problems: []config.Problem{{Msg: fmt.Sprintf("--save-state: %q is already there", path), Hint: "remove it, or give another name"}}}
		}
	}
	if err := r.ranks.FirstError(err); err != nil || r.opt.Restore == "" {
		return err
	}
	c, err := checkpoint.Read(checkpoint.Disk{}, r.ranks, r.opt.Restore)
	if err == nil && c.T >= cfg.Run.TStop {
		err = fmt.Errorf("the state %q is that of t = %.10g ms, where the time goes on: tstop = %g ms is not after it", r.opt.Restore, c.T, cfg.Run.TStop)
	}
	if err != nil {
		err = &InputError{Problems: []config.Problem{{Msg: err.Error()}}}
	}
	if err := r.ranks.FirstError(err); err != nil {
		return err
	}
	r.from, r.restored, r.began = c, true, c.T
	return nil
}

// resumed tells whether this run goes on with an earlier one.
func (r *run) resumed() bool { return r.from != nil && !r.restored }

// restore puts the engine into the state that the run starts from.
func (r *run) restore() error {
	if r.from == nil {
		return nil
	}
	facts, err := r.facts()
	if err != nil {
		return err
	}
	err = func() error {
		if r.resumed() {
			if d := r.from.Differences(facts); len(d) > 0 && !(len(d) == 1 && strings.HasPrefix(d[0], circuitFact)) {
				return fmt.Errorf("%q was written by another simulation:\n  %s", r.from.Path, strings.Join(d, "\n  "))
			}
		}
		files, err := r.from.Open(checkpoint.Disk{})
		if err != nil {
			return err
		}
		var states []*engine.StateFile
		for k, f := range files {
			defer f.Close()
			s, err := engine.OpenState(f, f.Size(), func(gid uint64) bool { _, mine := r.model.cellOf[gid]; return mine })
			if err != nil {
				return fmt.Errorf("%s: %w", filepath.Join(r.from.Path, r.from.Files[k].Name), err)
			}
			states = append(states, s)
		}
		if err := r.engine.Restore(states, engine.Restoring{Exact: !r.restored, Digests: r.digests}); err != nil {
			return fmt.Errorf("%q: %w", r.from.Path, err)
		}
		if d := r.from.Differences(facts); r.resumed() && len(d) > 0 { // each cell that is here is as it was, but some are gone
			return fmt.Errorf("%q was written by another simulation:\n  %s", r.from.Path, strings.Join(d, "\n  "))
		}
		return nil
	}()
	if err != nil {
		err = fmt.Errorf("could not go on from the checkpoint: %w", err)
	}
	if err := r.ranks.FirstError(err); err != nil {
		return err
	}
	if r.from.Netsim != r.netsim() && r.resumed() {
		r.log.Warn().Msgf("the checkpoint was written by netsim %s; this is %s: what follows may differ in its last bits", r.from.Netsim, r.netsim())
	}
	r.summary.Resumed = r.engine.T()
	r.log.Info().Msgf("going on at t = %.10g ms from %s", r.engine.T(), r.from.Path)
	return nil
}

func (r *run) netsim() string {
	return strings.TrimSpace(r.opt.Build.Version + " " + r.opt.Build.Commit)
}

// manifest is what a checkpoint of now says of the run.
func (r *run) manifest() (checkpoint.Manifest, error) {
	facts, err := r.facts()
	if err != nil {
		return checkpoint.Manifest{}, err
	}
	load := r.opt.Load
	load.OutputDir = r.model.cfg.Output.Dir
	if load.WorkingDir == "" {
		load.WorkingDir, _ = os.Getwd()
	}
	options, err := json.Marshal(Settings{Load: load, Every: r.opt.EveryText, SaveState: r.opt.SaveState, Start: r.began})
	return checkpoint.Manifest{Netsim: r.netsim(), Written: time.Now().UTC().Truncate(time.Second), T: r.engine.T(),
		Facts: facts, Config: r.model.cfg.Path, Options: options}, err
}

// writeCheckpoint writes one; all ranks call it. A failure ends no run.
func (r *run) writeCheckpoint() (string, error) {
	from := time.Now()
	defer lap(&from, &r.figures.Phases.Checkpoint)
	m, err := r.manifest()
	if err != nil {
		return "", err
	}
	recorded, flushed := r.output.Recorded()
	if m.Output, err = json.Marshal(recorded); err != nil {
		return "", fmt.Errorf("could not encode what was recorded: %w", err)
	}
	path, err := checkpoint.Write(checkpoint.Disk{}, r.ranks, checkpoints(r.model.cfg.Output.Dir), m, func(w io.Writer) error {
		if flushed != nil {
			return flushed
		}
		return r.engine.Save(w, r.digests)
	})
	r.lastCheckpoint = time.Now()
	if err != nil {
		r.log.Warn().Msgf("no checkpoint at t = %.10g ms: %v", r.engine.T(), err)
		return "", err
	}
	r.log.Info().Msgf("checkpoint at t = %.10g ms, written in %.2f s", r.engine.T(), time.Since(from).Seconds())
	return path, nil
}

// saveState leaves the state at the end of the run.
func (r *run) saveState() error {
	if r.opt.SaveState == "" {
		return nil
	}
	m, err := r.manifest()
	if err == nil {
		err = checkpoint.WriteState(checkpoint.Disk{}, r.ranks, r.opt.SaveState, m, func(w io.Writer) error { return r.engine.Save(w, r.digests) })
	}
	if err != nil {
		return fmt.Errorf("could not save the state: %w", err)
	}
	return nil
}

// wish is what this rank asks for at the end of an interval from before (ms) to now.
func (r *run) wish(cause error, before float64) Leaving {
	if cause != nil {
		return max(onlyWrite, r.opt.Leaving(cause))
	}
	e := r.opt.Every
	if e.Wall > 0 && time.Since(r.lastCheckpoint) >= e.Wall {
		return onlyWrite
	}
	// A multiple of the period that is met but for rounding is met.
	period := func(t float64) float64 { return math.Floor((t + 1e-6) / e.Simulated) }
	if e.Simulated > 0 && period(r.engine.T()) > period(before) {
		return onlyWrite
	}
	return Stay
}

// heed does what some rank asked for; all ranks call it at the same interval.
func (r *run) heed(why Leaving, cause error) error {
	if why == Stay {
		return nil
	}
	s := &Stopped{Why: why, Cause: cause, T: r.engine.T(), Output: r.model.cfg.Output.Dir}
	if why != Interrupted || r.opt.Every.set() {
		s.Checkpoint, _ = r.writeCheckpoint() // which says what went wrong
	}
	switch why {
	case onlyWrite:
		return nil
	case Interrupted:
		if _, err := r.output.Stop(s.Checkpoint != ""); err != nil {
			return err
		}
		s.Merged = true
		return s
	}
	if err := r.ranks.FirstError(r.output.Close()); err != nil {
		return err
	}
	return s
}
