namespace LlmObservability.Clients.Tests.Wire;

/// <summary>One thing that a server does in a reply: send a piece of the body at once, or wait for something first.</summary>
internal sealed record WireStep(string? Piece, Task? Until)
{
    public static implicit operator WireStep(string piece) => Send(piece);

    public static WireStep Send(string piece) => new(piece, null);

    public static WireStep Wait(Task until) => new(null, until);
}
