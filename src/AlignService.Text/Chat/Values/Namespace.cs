namespace AlignService.Text.Chat.Values;

/// <summary>What <c>namespace()</c> makes: the only value whose attributes a template can set.</summary>
internal sealed class Namespace
{
    public Mapping Attributes { get; } = new();
}
