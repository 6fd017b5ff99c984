namespace AlignService.Text.Chat.Values;

/// <summary>What a name, key or index stands for that is not there: prints as nothing, is false and empty, and fails on any other use.</summary>
/// <param name="why">What to say when it is used.</param>
internal sealed class Undefined(string why)
{
    public TemplateFault Fault() => new(why);
}
