namespace AlignService.Model.Decoding;

/// <summary>A prompt's keys and values; needed until the last row that continues it has been added.</summary>
public interface IPromptCache : IDisposable
{
    /// <summary>Tokens of the prompt.</summary>
    int Length { get; }

    /// <summary>[V] of the token after the prompt; valid until the prompt is disposed.</summary>
    ReadOnlySpan<float> NextLogits { get; }
}
