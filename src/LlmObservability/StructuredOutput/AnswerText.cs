using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace LlmObservability.StructuredOutput;

/// <summary>
/// An answer's text, gathered from its pieces as the UTF-8 that is parsed. It lies in a pooled buffer, which goes back, and
/// is cleared, when this is disposed or the text grows too long. For one thread at a time.
/// </summary>
internal sealed class AnswerText : IDisposable
{
    private const int FirstBuffer = 1_024;
    private const int MaxUtf8PerChar = 3;
    private const char ByteOrderMark = '\uFEFF';

    private readonly int _maxChars;
    private byte[] _buffer = [];
    private int _length;
    private int _chars;
    // The first half of a surrogate pair that two pieces share.
    private char _high;

    /// <param name="maxChars">How many UTF-16 characters are kept; of a longer text none.</param>
    internal AnswerText(int maxChars) => _maxChars = maxChars;

    internal bool IsTooLong { get; private set; }

    /// <summary>Whether halves of surrogate pairs stand alone in it, so that it is no Unicode text.</summary>
    internal bool IsBroken { get; private set; }

    internal void Append(ReadOnlySpan<char> piece)
    {
        if (IsTooLong || piece.IsEmpty)
        {
            return;
        }

        if (piece.Length > _maxChars - _chars)
        {
            IsTooLong = true;
            Dispose();
            return;
        }

        var isFirst = _chars == 0;
        _chars += piece.Length;
        if (isFirst && piece[0] == ByteOrderMark)
        {
            piece = piece[1..];
        }

        piece = JoinPair(piece);
        if (!piece.IsEmpty && char.IsHighSurrogate(piece[^1]))
        {
            _high = piece[^1];
            piece = piece[..^1];
        }

        Write(piece);
    }

    /// <summary>What was gathered, until the next piece or the end of this object.</summary>
    internal ReadOnlyMemory<byte> Bytes()
    {
        IsBroken |= _high != default;
        return _buffer.AsMemory(0, _length);
    }

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        _length = 0;
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private ReadOnlySpan<char> JoinPair(ReadOnlySpan<char> piece)
    {
        if (_high == default || piece.IsEmpty)
        {
            return piece;
        }

        if (Rune.TryCreate(_high, piece[0], out var rune))
        {
            Reserve(4);
            _length += rune.EncodeToUtf8(_buffer.AsSpan(_length));
            piece = piece[1..];
        }
        else
        {
            IsBroken = true;
        }

        _high = default;
        return piece;
    }

    private void Write(ReadOnlySpan<char> text)
    {
        Reserve(text.Length);
        while (!text.IsEmpty && !IsBroken)
        {
            var status = Utf8.FromUtf16(text, _buffer.AsSpan(_length), out var read, out var written, replaceInvalidSequences: false);
            _length += written;
            text = text[read..];
            IsBroken |= status == OperationStatus.InvalidData;
            if (status == OperationStatus.DestinationTooSmall)
            {
                Reserve(text.Length * MaxUtf8PerChar);
            }
        }
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length - _length >= bytes)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(_length + bytes, _buffer.Length * 2), FirstBuffer));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        }

        _buffer = larger;
    }
}
