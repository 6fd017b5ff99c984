using Google.Protobuf;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Specs.Data;

/// <summary>Prompts outside a job's spec: as the wire's message, and as its JSON in tables.</summary>
public static class StoredPrompt
{
    private static readonly PromptWire Converter = new();
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    public static Wire.Prompt ToWire(Prompt prompt) => (Wire.Prompt)Converter.Write(prompt);

    /// <param name="wire">As <see cref="ToWire"/> wrote it.</param>
    /// <param name="index">In its source.</param>
    public static Prompt FromWire(Wire.Prompt wire, int index) => (Prompt)Converter.Read(wire, index);

    public static string ToJson(Prompt prompt) => Formatter.Format(ToWire(prompt));

    /// <inheritdoc cref="FromWire"/>
    public static Prompt FromJson(string json, int index) => FromWire(Parser.Parse<Wire.Prompt>(json), index);
}
