namespace LlmObservability.Dashboard.Answers;

/// <summary>The rare token classes.</summary>
internal sealed record TokenDetailAnswer
{
    public TokenDetailAnswer(LlmTokenDetail detail)
    {
        AudioInput = detail.AudioInput;
        ImageInput = detail.ImageInput;
        VideoInput = detail.VideoInput;
        AudioCacheRead = detail.AudioCacheRead;
        ImageCacheRead = detail.ImageCacheRead;
        AudioOutput = detail.AudioOutput;
        ImageOutput = detail.ImageOutput;
        VideoOutput = detail.VideoOutput;
        Citation = detail.Citation;
    }

    public long AudioInput { get; }

    public long ImageInput { get; }

    public long VideoInput { get; }

    public long AudioCacheRead { get; }

    public long ImageCacheRead { get; }

    public long AudioOutput { get; }

    public long ImageOutput { get; }

    public long VideoOutput { get; }

    public long Citation { get; }
}
