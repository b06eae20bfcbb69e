namespace LlmObservability.Tags;

/// <summary>Counts what tag bounds cut. Thread-safe.</summary>
internal sealed class TagCuts
{
    private long _count;
    private long _key;
    private long _value;
    private long _invalid;
    private long _userWithoutKey;

    public void Count() => Interlocked.Increment(ref _count);

    public void Key() => Interlocked.Increment(ref _key);

    public void Value() => Interlocked.Increment(ref _value);

    public void Invalid() => Interlocked.Increment(ref _invalid);

    public bool AnyUserWithoutKey => Volatile.Read(ref _userWithoutKey) > 0;

    public void UserWithoutKey() => Interlocked.Increment(ref _userWithoutKey);

    public LlmTagStatistics Snapshot() => new()
    {
        DroppedByCount = Interlocked.Read(ref _count),
        CutKeys = Interlocked.Read(ref _key),
        CutValues = Interlocked.Read(ref _value),
        Invalid = Interlocked.Read(ref _invalid),
        UsersWithoutKey = Interlocked.Read(ref _userWithoutKey),
    };
}
