package part

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"syscall"
)

// Kinds of frames.
const (
	KindHeader byte = 'H'
	KindSpikes byte = 'S'
	KindRows   byte = 'R'
	KindEnd    byte = 'E'
)

const (
	magic     = "NSPART01"
	frameHead = 32
	// maxPayload bounds the memory a reader needs; writers split longer rows.
	maxPayload = 64 << 20
	// maxHeader bounds the one frame that is not split.
	maxHeader = math.MaxInt32
	// writeAt is how many bytes are gathered before they go to the file system.
	writeAt = 1 << 20

	spikeBytes = 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Log writes one part. After an error it stays in error.
type Log struct {
	file  *os.File
	buf   []byte
	frame int // start of the open frame in buf
	total uint64
	err   error
}

// Create starts a log: the header is on disk when it returns. The file is
// locked as long as the log is open, so that a merge can tell a live run.
func Create(path string, h Header) (*Log, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, fmt.Errorf("could not create a part: %w", err)
	}
	// Where locks are not offered the run goes on without.
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	l := &Log{file: f}
	body, err := json.Marshal(h)
	if err == nil && len(body) > maxHeader {
		err = fmt.Errorf("%d bytes are too many for a header", len(body))
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("could not encode the header of %q: %w", path, err)
	}
	l.buf = append(l.buf, magic...)
	l.begin(KindHeader, 0, 0)
	l.buf = append(l.buf, body...)
	l.end()
	if err := l.Sync(); err != nil {
		f.Close()
		return nil, err
	}
	return l, nil
}

func (l *Log) begin(kind byte, a, b uint64) {
	l.frame = len(l.buf)
	var head [frameHead]byte
	head[0] = kind
	binary.LittleEndian.PutUint64(head[8:], a)
	binary.LittleEndian.PutUint64(head[16:], b)
	l.buf = append(l.buf, head[:]...)
}

func (l *Log) end() {
	f := l.buf[l.frame:]
	payload := f[frameHead:]
	binary.LittleEndian.PutUint32(f[4:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(f[24:], crc32.Checksum(payload, castagnoli))
	binary.LittleEndian.PutUint32(f[28:], crc32.Checksum(f[:28], castagnoli))
	if len(l.buf) >= writeAt {
		l.write()
	}
}

func (l *Log) write() {
	if l.err == nil && len(l.buf) > 0 {
		if _, err := l.file.Write(l.buf); err != nil {
			l.err = fmt.Errorf("could not write a part: %w", err)
		}
	}
	l.buf = l.buf[:0]
}

// Spike is one spike as its rank recorded it.
type Spike struct {
	Population uint32 // index into Manifest.Populations
	Node       uint64
	T          float64 // ms
}

// Interval appends the spikes of the next interval, which ends at t ms.
func (l *Log) Interval(t float64, spikes []Spike) error {
	if len(spikes) > math.MaxUint32/spikeBytes {
		return fmt.Errorf("could not record %d spikes of one interval", len(spikes))
	}
	// An interval is one frame, whatever its length: half of one would say that
	// the other half is there.
	l.begin(KindSpikes, l.total, math.Float64bits(t))
	for _, s := range spikes {
		l.buf = binary.LittleEndian.AppendUint32(l.buf, s.Population)
		l.buf = binary.LittleEndian.AppendUint64(l.buf, s.Node)
		l.buf = binary.LittleEndian.AppendUint64(l.buf, math.Float64bits(s.T))
	}
	l.total++
	l.end()
	return l.err
}

// Rows appends whole rows of the given number of columns; with no columns the
// number of rows is all that is kept.
func (l *Log) Rows(rows []float64, n, columns int) error {
	if n < 0 || len(rows) != n*columns {
		return fmt.Errorf("could not record %d values as %d rows of %d", len(rows), n, columns)
	}
	for n > 0 {
		m := n
		if columns > 0 {
			m = min(n, max(1, maxPayload/(8*columns)))
		}
		l.begin(KindRows, l.total, uint64(m))
		at := len(l.buf)
		l.buf = slices.Grow(l.buf, 8*m*columns)[:at+8*m*columns]
		to := l.buf[at:]
		for i, v := range rows[:m*columns] {
			binary.LittleEndian.PutUint64(to[8*i:], math.Float64bits(v))
		}
		l.total += uint64(m)
		l.end()
		rows, n = rows[m*columns:], n-m
	}
	return l.err
}

// Flush hands everything so far to the file system: it survives the end of
// this process.
func (l *Log) Flush() error {
	l.write()
	return l.err
}

// Sync brings everything so far to the disk: it survives the end of the
// machine.
func (l *Log) Sync() error {
	l.write()
	if l.err == nil {
		if err := l.file.Sync(); err != nil {
			l.err = fmt.Errorf("could not sync a part: %w", err)
		}
	}
	return l.err
}

// Close syncs and closes. With finished, the log says that nothing is missing.
func (l *Log) Close(finished bool) error {
	if l.file == nil {
		return l.err
	}
	if finished {
		l.begin(KindEnd, l.total, 0)
		l.end()
	}
	err := l.Sync()
	if e := l.file.Close(); err == nil && e != nil {
		err = fmt.Errorf("could not close a part: %w", e)
	}
	l.file, l.err = nil, errors.Join(err, errClosed)
	return err
}

var errClosed = errors.New("the part is closed")

// Frame is one frame of a log. The payload is valid until the next is read.
type Frame struct {
	Kind    byte
	A, B    uint64
	Payload []byte
}

// Time is the end of the interval of a frame of spikes, in ms.
func (f Frame) Time() float64 { return math.Float64frombits(f.B) }

// Reader reads a log frame by frame.
type Reader struct {
	path   string
	file   *os.File
	in     *bufio.Reader
	head   [frameHead]byte
	buf    []byte
	left   int64 // bytes of the file not yet read
	Header Header
}

// ErrLive says that a part is still being written.
var ErrLive = errors.New("the run is still going on")

// Open opens a log and reads its header.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("the part %q is missing: %w", path, err)
		}
		return nil, fmt.Errorf("could not open a part: %w", err)
	}
	r := &Reader{path: path, file: f}
	if err := r.start(); err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

func (r *Reader) start() error {
	if err := syscall.Flock(int(r.file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("the part %q is open for writing: %w", r.path, ErrLive)
	}
	info, err := r.file.Stat()
	if err != nil {
		return fmt.Errorf("could not read a part: %w", err)
	}
	r.in, r.left = bufio.NewReaderSize(r.file, 64<<10), info.Size()
	var m [len(magic)]byte
	if _, err := io.ReadFull(r.in, m[:]); err != nil || string(m[:]) != magic {
		return fmt.Errorf("%q is no part of a netsim run, or its beginning is lost", r.path)
	}
	r.left -= int64(len(m))
	f, ok, err := r.Next()
	if err != nil {
		return err
	}
	if !ok || f.Kind != KindHeader {
		return fmt.Errorf("the header of the part %q is lost", r.path)
	}
	if err := json.Unmarshal(f.Payload, &r.Header); err != nil {
		return fmt.Errorf("could not read the header of %q: %w", r.path, err)
	}
	for _, n := range r.Header.Nodes {
		for _, values := range n.Extra {
			if len(values) != len(n.ElementIDs) {
				return fmt.Errorf("the header of %q is damaged: node %d has %d elements and %d values of one kind", r.path, n.ID, len(n.ElementIDs), len(values))
			}
		}
		if len(n.ElementPos) != len(n.ElementIDs) {
			return fmt.Errorf("the header of %q is damaged: node %d has %d elements and %d positions", r.path, n.ID, len(n.ElementIDs), len(n.ElementPos))
		}
	}
	return nil
}

// Next returns the next complete frame, false at the first that is torn or at
// the end of the file.
func (r *Reader) Next() (Frame, bool, error) {
	f, n, ok, err := r.nextHead()
	if !ok || err != nil {
		return Frame{}, false, err
	}
	if cap(r.buf) < n {
		r.buf = make([]byte, n)
	}
	r.buf = r.buf[:n]
	if _, err := io.ReadFull(r.in, r.buf); err != nil {
		return Frame{}, false, fmt.Errorf("could not read the part %q: %w", r.path, err)
	}
	r.left -= int64(n)
	if crc32.Checksum(r.buf, castagnoli) != binary.LittleEndian.Uint32(r.head[24:]) {
		r.left = 0
		return Frame{}, false, nil
	}
	f.Payload = r.buf
	return f, true, nil
}

// nextHead reads the head of a frame whose payload of n bytes fits into the
// file.
func (r *Reader) nextHead() (f Frame, n int, ok bool, err error) {
	if r.left < frameHead {
		return Frame{}, 0, false, nil
	}
	if _, err := io.ReadFull(r.in, r.head[:]); err != nil {
		return Frame{}, 0, false, fmt.Errorf("could not read the part %q: %w", r.path, err)
	}
	r.left -= frameHead
	h := r.head[:]
	size := int64(binary.LittleEndian.Uint32(h[4:]))
	if crc32.Checksum(h[:28], castagnoli) != binary.LittleEndian.Uint32(h[28:]) || size > r.left {
		r.left = 0
		return Frame{}, 0, false, nil
	}
	f = Frame{Kind: h[0], A: binary.LittleEndian.Uint64(h[8:]), B: binary.LittleEndian.Uint64(h[16:])}
	return f, int(size), true, nil
}

// Close closes the reader.
func (r *Reader) Close() error { return r.file.Close() }

// Path is the file that is read.
func (r *Reader) Path() string { return r.path }

// DecodeSpikes decodes the payload of a frame of spikes and appends it to dst.
func DecodeSpikes(dst []Spike, payload []byte) []Spike {
	for ; len(payload) >= spikeBytes; payload = payload[spikeBytes:] {
		dst = append(dst, Spike{
			Population: binary.LittleEndian.Uint32(payload),
			Node:       binary.LittleEndian.Uint64(payload[4:]),
			T:          math.Float64frombits(binary.LittleEndian.Uint64(payload[12:])),
		})
	}
	return dst
}

// RowReader hands out the rows of a log one after the other, in pieces of any
// number, without regard to its frames. Checksums were checked by [Scan].
type RowReader struct {
	r       *Reader
	columns int
	inFrame int // rows left in the current frame
	raw     []byte
}

// NewRowReader reads the rows of a log that was just opened.
func NewRowReader(r *Reader, columns int) *RowReader { return &RowReader{r: r, columns: columns} }

// Read fills dst with n rows.
func (q *RowReader) Read(dst []float64, n int) error {
	for n > 0 {
		if q.inFrame == 0 {
			f, size, ok, err := q.r.nextHead()
			if err != nil {
				return err
			}
			if !ok || f.Kind != KindRows || !holds(size, f.B, q.columns) {
				return fmt.Errorf("the part %q has changed while it was read", q.r.path)
			}
			q.inFrame = int(f.B)
			continue
		}
		m := min(n, q.inFrame)
		size := 8 * m * q.columns
		if cap(q.raw) < size {
			q.raw = make([]byte, size)
		}
		raw := q.raw[:size]
		if _, err := io.ReadFull(q.r.in, raw); err != nil {
			return fmt.Errorf("could not read the part %q: %w", q.r.path, err)
		}
		q.r.left -= int64(size)
		for i := range dst[:m*q.columns] {
			dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
		}
		dst = dst[m*q.columns:]
		n -= m
		q.inFrame -= m
	}
	return nil
}

// holds tells whether so many bytes are the rows of a frame. The rows of no columns are counted only.
func holds(size int, rows uint64, columns int) bool {
	const most = 1 << 62 / 8 // no product of what passes overflows
	if rows > most || columns > most || columns > 0 && rows > uint64(size) {
		return false
	}
	return size == 8*int(rows)*columns
}

// State is how far a log reaches.
type State struct {
	Header   Header
	Count    uint64  // complete intervals or rows
	Time     float64 // end of the last complete interval, ms
	Finished bool
}

// Scan reads a whole log and checks every frame.
func Scan(path string) (State, error) {
	r, err := Open(path)
	if err != nil {
		return State{}, err
	}
	defer r.Close()
	s := State{Header: r.Header}
	columns := Columns(r.Header.Nodes)
	for {
		f, ok, err := r.Next()
		if err != nil || !ok {
			return s, err
		}
		size := uint64(len(f.Payload))
		switch {
		case f.Kind == KindEnd && f.A == s.Count:
			s.Finished = true
			return s, nil
		case f.Kind == KindSpikes && s.Header.Report < 0 && f.A == s.Count && size%spikeBytes == 0:
			s.Count++
			s.Time = f.Time()
		case f.Kind == KindRows && s.Header.Report >= 0 && f.A == s.Count && holds(len(f.Payload), f.B, columns) && s.Count+f.B >= f.B:
			s.Count += f.B
		default:
			return s, fmt.Errorf("the part %q is damaged: an unexpected frame %q after %d", path, f.Kind, s.Count)
		}
	}
}

// Columns is the number of elements of some cells.
func Columns(nodes []Node) int {
	n := 0
	for _, c := range nodes {
		n += len(c.ElementIDs)
	}
	return n
}
