using AlignService.Text.Tokenization.Patterns;

namespace AlignService.Text.Tokenization.Normalizers;

/// <summary>Builds the normalizer that tokenizer.json describes.</summary>
internal static class NormalizerReader
{
    public static INormalizer? Read(JsonField field) => field.IsNull ? null : Component(field);

    private static INormalizer Component(JsonField field)
    {
        string type = field.ComponentType();
        return type switch
        {
            "NFC" => new UnicodeFormNormalizer(composes: true, compatible: false),
            "NFD" => new UnicodeFormNormalizer(composes: false, compatible: false),
            "NFKC" => new UnicodeFormNormalizer(composes: true, compatible: true),
            "NFKD" => new UnicodeFormNormalizer(composes: false, compatible: true),
            "Lowercase" => new LowercaseNormalizer(),
            "Prepend" => new PrependNormalizer(field["prepend"].Text()),
            "Replace" => new ReplaceNormalizer(PatternField.Read(field), field["content"].Text()),
            "Strip" => new StripNormalizer(field["strip_left"].Flag(absent: true), field["strip_right"].Flag(absent: true)),
            "Sequence" => new NormalizerSequence([.. field["normalizers"].Items().Select(Component)]),
            _ => throw field.Unsupported(
                "normalizer", type, "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Prepend", "Replace", "Strip", "Sequence"),
        };
    }
}
