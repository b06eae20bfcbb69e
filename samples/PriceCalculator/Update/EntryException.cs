namespace PriceCalculator.Update;

/// <summary>Why one entry of an upstream file is not taken; the rest of the file is.</summary>
internal sealed class EntryException : Exception
{
    public EntryException()
    {
    }

    public EntryException(string message)
        : base(message)
    {
    }

    public EntryException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The entry is wrong in itself; else it says something that the catalog has no word for.</summary>
    public bool IsBad { get; private init; }

    public static EntryException Bad(string reason) => new(reason) { IsBad = true };

    public static EntryException NoWord(string reason) => new(reason);
}
