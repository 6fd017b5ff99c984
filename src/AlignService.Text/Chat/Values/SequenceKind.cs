namespace AlignService.Text.Chat.Values;

internal enum SequenceKind
{
    List,
    Tuple,
    Range,

    /// <summary>What a mapping's <c>keys()</c> gives: it cannot be indexed. The next two likewise.</summary>
    Keys,
    Values,
    Pairs,
}
