using LlmObservability.Sinks;

namespace LlmObservability.Queries;

/// <summary>A batch, or the first part of it, judged but not in the window yet. Nothing of it is seen until <see cref="CallWindow.Keep"/>.</summary>
internal sealed class StagedWrite(CallWindow window, LlmBatch batch)
{
    // Calls that are new, and copies of those that something joined.
    private readonly Dictionary<Guid, StoredCall> _changed = [];
    private readonly List<StoredCall> _arrived = [];
    private readonly List<(long First, long Last)> _numbers = [];
    private List<LlmRejection>? _rejected;

    public Guid WriterId => batch.WriterId;

    /// <summary>How many envelopes were judged.</summary>
    public int Count { get; private set; }

    public int Written { get; private set; }

    public int AlreadyWritten { get; private set; }

    public IReadOnlyList<LlmRejection> Rejected => _rejected ?? [];

    /// <summary>The position of the envelope taken last; 0 without one.</summary>
    public long LastPosition { get; private set; }

    /// <summary>Calls that are new, in their order.</summary>
    public IReadOnlyList<StoredCall> Arrived => _arrived;

    /// <summary>Calls that are new, and those that something joined.</summary>
    public IEnumerable<StoredCall> Changed => _changed.Values;

    /// <summary>
    /// Numbers that count as committed from now on. What was put aside is not among them: its sender may not have heard of it, and is
    /// told again when it asks again.
    /// </summary>
    public IReadOnlyList<(long First, long Last)> Numbers => _numbers;

    /// <summary>Judges envelopes from an index on, until the keeper has no more room for now.</summary>
    public void Run(int start, Func<LlmEnvelope, long, Admission?>? admit)
    {
        for (var i = start; i < batch.Envelopes.Count; i++)
        {
            var (envelope, number) = (batch.Envelopes[i], batch.FirstSequence + i);
            var about = Find(envelope.CallId);
            if (window.IsCommitted(batch.WriterId, number) || about?.Has(envelope) == true)
            {
                AlreadyWritten++;
                Note(number);
            }
            else if (Objection(envelope, about) is { } reason)
            {
                (_rejected ??= []).Add(new LlmRejection(number, reason));
            }
            else if ((admit is null ? new Admission(0) : admit(envelope, number)) is not { } admission)
            {
                return;
            }
            else if (admission.Refused is { } refused)
            {
                (_rejected ??= []).Add(new LlmRejection(number, refused));
            }
            else
            {
                Take(envelope, about, admission.Position);
                Note(number);
            }

            Count++;
        }
    }

    private static LlmDropReason? Objection(LlmEnvelope envelope, StoredCall? about)
    {
        return envelope is LlmCallEnvelope
            ? LlmCallId.Matches(envelope.CallId, envelope.CallStartedAt) ? null : LlmDropReason.Poison
            : about?.HasRoomFor(envelope) == true ? null : LlmDropReason.OutsideWindow;
    }

    private StoredCall? Find(Guid id) => _changed.TryGetValue(id, out var changed) ? changed : window.Find(id);

    private void Take(LlmEnvelope envelope, StoredCall? about, long position)
    {
        Written++;
        LastPosition = position;
        if (envelope is LlmCallEnvelope call)
        {
            var arrived = new StoredCall(call, position);
            _changed.Add(envelope.CallId, arrived);
            _arrived.Add(arrived);
            return;
        }

        if (!_changed.TryGetValue(envelope.CallId, out var changed))
        {
            _changed.Add(envelope.CallId, changed = about!.Copy());
        }

        changed.Add(envelope);
    }

    private void Note(long number)
    {
        if (_numbers.Count > 0 && _numbers[^1].Last == number - 1)
        {
            _numbers[^1] = (_numbers[^1].First, number);
        }
        else
        {
            _numbers.Add((number, number));
        }
    }
}
