using AlignService.Text.Tokenization.Patterns;
using AlignService.Text.Tokenization.PreTokenizers;

namespace AlignService.Text.Tokenization.Decoders;

/// <summary>Builds the decoder that tokenizer.json describes.</summary>
internal static class DecoderReader
{
    public static TextDecoder Read(JsonField field) => new(field.IsNull ? [new JoinDecoder()] : [.. Components(field)]);

    private static IEnumerable<IDecoder> Components(JsonField field) =>
        field.ComponentType() == "Sequence" ? field["decoders"].Items().SelectMany(Components) : [Component(field)];

    private static IDecoder Component(JsonField field)
    {
        string type = field.ComponentType();
        return type switch
        {
            "ByteLevel" => new ByteLevelDecoder(),
            "ByteFallback" => new ByteFallbackDecoder(),
            "Fuse" => new FuseDecoder(),
            "Metaspace" => new MetaspaceDecoder(MetaspaceField.Replacement(field), MetaspaceField.Scheme(field)),
            "Replace" => new ReplaceDecoder(PatternField.Read(field), field["content"].Text()),
            "Strip" => new StripDecoder(
                MetaspaceField.OneCharacter(field["content"], " "), field["start"].Number(absent: 0), field["stop"].Number(absent: 0)),
            _ => throw field.Unsupported(
                "decoder", type, "ByteLevel", "ByteFallback", "Fuse", "Metaspace", "Replace", "Strip", "Sequence"),
        };
    }
}
