using LlmObservability.Segments;

namespace LlmObservability.Testing.Segments;

/// <summary>A directory in memory that fails when told to, and that can lose its power at any operation.</summary>
internal sealed class FaultFiles : ISegmentFiles
{
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int InputOutput = 5;

    private readonly object _gate = new();
    private readonly Dictionary<string, FaultNode> _nodes = [];
    private readonly Dictionary<string, FaultNode> _entriesOnDisk = [];
    private readonly List<Action<Dictionary<string, FaultNode>>> _entryChanges = [];
    private bool _isLocked;
    private volatile bool _isOff;

    public FaultFiles()
    {
    }

    /// <summary>A directory with these files, on disk.</summary>
    public FaultFiles(IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        foreach (var (name, content) in files)
        {
            _nodes[name] = _entriesOnDisk[name] = new FaultNode(content);
        }
    }

    /// <summary>Bytes that files may still grow by.</summary>
    public long Room { get; set; } = long.MaxValue;

    public bool IsReadOnly { get; set; }

    /// <summary>So many flushes of files fail, and drop what they should have brought to disk.</summary>
    public int FailingFlushes { get; set; }

    /// <summary>So many writes fail for another reason than a full disk.</summary>
    public int FailingWrites { get; set; }

    /// <summary>The name of a file of which nothing beyond the first bytes can be read.</summary>
    public string? Unreadable { get; set; }

    /// <summary>How many reads of it were refused.</summary>
    public int RefusedReads { get; private set; }

    /// <summary>The log's state can be read, but not written.</summary>
    public bool RefusesStateWrites { get; set; }

    /// <summary>Runs inside each flush of a file.</summary>
    public Action OnFlush { get; set; } = () => { };

    /// <summary>Runs inside each flush of a file too, with the file's name.</summary>
    public Action<string> OnFlushOf { get; set; } = _ => { };

    /// <summary>Runs after each flush of a file that succeeded, with the file's name and length.</summary>
    public Action<string, long> OnFlushed { get; set; } = (_, _) => { };

    /// <summary>Runs once, when the power goes.</summary>
    public Action OnPowerLost { get; set; } = () => { };

    /// <summary>The power goes at the operation after so many.</summary>
    public int OperationsLeft { get; set; } = int.MaxValue;

    /// <summary>Whether the power is gone.</summary>
    public bool IsOff => _isOff;

    public string Location => "/faults";

    public long FreeBytes => Room;

    public Dictionary<string, byte[]> Contents
    {
        get
        {
            lock (_gate)
            {
                return _nodes.ToDictionary(pair => pair.Key, pair => pair.Value.Content);
            }
        }
    }

    public IDisposable Lock()
    {
        lock (_gate)
        {
            if (_isLocked)
            {
                throw new SegmentsLockedException(Location, null);
            }

            _isLocked = true;
            return new Unlocker(this);
        }
    }

    /// <summary>The process is gone, the operating system is not.</summary>
    public void Kill() => _isLocked = false;

    /// <summary>Changes a file behind everybody's back.</summary>
    public void Put(string name, byte[] content)
    {
        lock (_gate)
        {
            if (_nodes.TryGetValue(name, out var node))
            {
                node.Truncate(0);
                node.Write(content, 0);
                node.Flush();
            }
            else
            {
                _nodes[name] = _entriesOnDisk[name] = new FaultNode(content);
            }
        }
    }

    public IReadOnlyList<string> List()
    {
        lock (_gate)
        {
            Count();
            return [.. _nodes.Keys];
        }
    }

    public ISegmentFile Create(string name)
    {
        lock (_gate)
        {
            Count();
            Change();
            if (Room <= 0)
            {
                throw Full();
            }

            if (_nodes.ContainsKey(name))
            {
                throw new IOException($"'{name}' is there already.");
            }

            var node = new FaultNode();
            ChangeEntries(entries => entries[name] = node);
            return new Handle(this, name, node);
        }
    }

    public ISegmentFile Open(string name)
    {
        lock (_gate)
        {
            Count();
            return _nodes.TryGetValue(name, out var node) ? new Handle(this, name, node) : throw new FileNotFoundException(name);
        }
    }

    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            Count();
            Change();
            var node = _nodes.TryGetValue(from, out var found) ? found : throw new FileNotFoundException(from);
            ChangeEntries(entries =>
            {
                entries.Remove(from);
                entries[to] = node;
            });
        }
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            Count();
            Change();
            if (_nodes.TryGetValue(name, out var node))
            {
                Room += Room == long.MaxValue ? 0 : node.Length;
                ChangeEntries(entries => entries.Remove(name));
            }
        }
    }

    public void FlushDirectory()
    {
        lock (_gate)
        {
            Count();
            foreach (var change in _entryChanges)
            {
                change(_entriesOnDisk);
            }

            _entryChanges.Clear();
        }
    }

    /// <summary>What is found when the process is gone and the operating system is not: all that was written.</summary>
    public FaultFiles AfterKill()
    {
        lock (_gate)
        {
            _isOff = true;
            return new FaultFiles(_nodes.ToDictionary(pair => pair.Key, pair => pair.Value.Content));
        }
    }

    /// <summary>What is found when the power is back: of what was not flushed, any part.</summary>
    public FaultFiles AfterPowerLoss(Random random)
    {
        lock (_gate)
        {
            TurnOff();
            var kept = random.NextDouble();
            foreach (var change in _entryChanges.Where(_ => random.NextDouble() < kept))
            {
                change(_entriesOnDisk);
            }

            var found = new FaultFiles();
            foreach (var (name, node) in _entriesOnDisk)
            {
                found._nodes[name] = found._entriesOnDisk[name] = node.AfterPowerLoss(random);
            }

            return found;
        }
    }

    private static IOException Full() => new("No space left on device.", NoSpace);

    private void ChangeEntries(Action<Dictionary<string, FaultNode>> change)
    {
        change(_nodes);
        _entryChanges.Add(change);
    }

    private void TurnOff()
    {
        if (!_isOff)
        {
            _isOff = true;
            OnPowerLost();
        }
    }

    private void Count()
    {
        if (_isOff || --OperationsLeft < 0)
        {
            TurnOff();
            throw new PowerLostException();
        }
    }

    private void Change()
    {
        if (IsReadOnly)
        {
            throw new IOException("Read-only file system.", ReadOnlyFileSystem);
        }
    }

    private void Write(FaultNode node, ReadOnlySpan<byte> bytes, long offset)
    {
        lock (_gate)
        {
            // The last write before the power goes is under way: some of its sectors may get there.
            if (OperationsLeft == 0 && !_isOff)
            {
                node.Write(bytes, offset);
            }

            Count();
            Change();
            if (FailingWrites > 0)
            {
                FailingWrites--;
                node.Write(bytes[..(bytes.Length / 2)], offset);
                throw new IOException("Input/output error.", InputOutput);
            }

            var grown = Math.Max(0, offset + bytes.Length - Math.Max(node.Length, offset));
            var fits = bytes.Length - (int)Math.Max(0, grown - Room);
            Room -= Room == long.MaxValue ? 0 : Math.Min(grown, Room);
            node.Write(bytes[..fits], offset);
            if (fits < bytes.Length)
            {
                throw Full();
            }
        }
    }

    private void Flush(string name, FaultNode node)
    {
        OnFlush();
        OnFlushOf(name);
        lock (_gate)
        {
            Count();
            if (FailingFlushes > 0)
            {
                FailingFlushes--;
                node.ForgetDirty();
                throw new IOException("Input/output error.", InputOutput);
            }

            node.Flush();
            OnFlushed(name, node.Length);
        }
    }

    private sealed class Unlocker(FaultFiles files) : IDisposable
    {
        public void Dispose() => files._isLocked = false;
    }

    private sealed class Handle(FaultFiles files, string name, FaultNode node) : ISegmentFile
    {
        public long Length => Locked(() => node.Length);

        public int Read(Span<byte> buffer, long offset)
        {
            lock (files._gate)
            {
                files.Count();
                if (name == files.Unreadable && offset > 0)
                {
                    files.RefusedReads++;
                    throw new IOException("Input/output error.", InputOutput);
                }

                return node.Read(buffer, offset);
            }
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            if (files.RefusesStateWrites && name == SegmentState.Name)
            {
                throw new IOException("Input/output error.", InputOutput);
            }

            files.Write(node, bytes, offset);
        }

        public void Truncate(long length) => Locked(() =>
        {
            files.Count();
            files.Change();
            node.Truncate(length);
            return 0;
        });

        public void FlushToDisk() => files.Flush(name, node);

        public void Dispose()
        {
        }

        private T Locked<T>(Func<T> action)
        {
            lock (files._gate)
            {
                return action();
            }
        }
    }
}
