using System.Buffers;

namespace LlmObservability.Dashboard.Export;

/// <summary>How calls stand in a file.</summary>
internal interface ICallFormat
{
    string ContentType { get; }

    string Extension { get; }

    void Begin(IBufferWriter<byte> output);

    void Write(IBufferWriter<byte> output, LlmCall call);
}
