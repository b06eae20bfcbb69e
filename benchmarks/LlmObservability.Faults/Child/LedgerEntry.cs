using System.Runtime.InteropServices;

namespace LlmObservability.Faults.Child;

/// <summary>What a call was promised, as it stands in the ledger: 80 bytes, written once the call has returned.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal readonly record struct LedgerEntry
{
    /// <summary>What an entry takes.</summary>
    public const int Bytes = 80;

    /// <summary>Stands in every entry: what does not have it was not written whole.</summary>
    public const int Whole = 0x4C44_4752;

    public required Guid Id { get; init; }

    /// <summary>The call's start: microseconds since 1970.</summary>
    public required long StartedAt { get; init; }

    public required long InputTokens { get; init; }

    public required long OutputTokens { get; init; }

    public required long CostNanos { get; init; }

    /// <summary>When the call had returned, by the machine's monotonic clock, which every process shares.</summary>
    public required long ReturnedAt { get; init; }

    /// <summary>How long the call took its caller, by the same clock.</summary>
    public required long Took { get; init; }

    public required int Producer { get; init; }

    /// <summary>Which call of its producer it is, from 0.</summary>
    public required int Number { get; init; }

    public required int Check { get; init; }

    /// <summary>What kind of call it is.</summary>
    public WorkShape Shape => Work.ShapeOf(Number);
}
