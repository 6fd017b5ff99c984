namespace AlignService.Text.Tokenization.PreTokenizers;

/// <summary>What the pre-tokenizer and the decoder Metaspace have in common in tokenizer.json.</summary>
internal static class MetaspaceField
{
    public static string Replacement(JsonField component) => OneCharacter(component["replacement"], "\u2581");

    public static string OneCharacter(JsonField field, string absent)
    {
        string text = field.TextOrNull() ?? absent;
        return text.EnumerateRunes().Count() == 1 ? text : throw field.Wrong("one character");
    }

    public static PrependScheme Scheme(JsonField component)
    {
        JsonField field = component["prepend_scheme"];
        bool addsPrefixSpace = component["add_prefix_space"].Flag(absent: true);
        PrependScheme scheme = field.TextOrNull() switch
        {
            // Older files have only add_prefix_space.
            null => addsPrefixSpace ? PrependScheme.Always : PrependScheme.Never,
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            { } name => throw field.Unsupported("prepend_scheme", name, "always", "first", "never"),
        };
        return addsPrefixSpace || scheme == PrependScheme.Never
            ? scheme
            : throw new CheckpointException($"{component.Path}: add_prefix_space is false, which prepend_scheme '{field.Text()}' contradicts.");
    }
}
