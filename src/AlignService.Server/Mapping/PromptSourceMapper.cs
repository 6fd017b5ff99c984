using AlignService.Specs.Prompts;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Where prompts come from, both ways.</summary>
internal static class PromptSourceMapper
{
    public static PromptSourceConfig Read(Wire.PromptSource wire, SpecReader reader)
    {
        var defaults = new PromptSourceConfig();
        return new PromptSourceConfig
        {
            File = wire.File.Length == 0 ? null : reader.AbsolutePath(wire.File),
            Inline = [.. wire.Inline.Select(ReadPrompt)],
            PromptField = wire.PromptField.Length == 0 ? defaults.PromptField : wire.PromptField,
            MessagesField = wire.MessagesField.Length == 0 ? defaults.MessagesField : wire.MessagesField,
            AnswerField = wire.AnswerField.Length == 0 ? defaults.AnswerField : wire.AnswerField,
            ToolsField = wire.ToolsField.Length == 0 ? defaults.ToolsField : wire.ToolsField,
            TemplateArgumentsField = wire.TemplateArgumentsField.Length == 0 ? defaults.TemplateArgumentsField : wire.TemplateArgumentsField,
            MetadataFields = [.. wire.MetadataFields],
            Limit = wire.Limit,
        };
    }

    public static Wire.PromptSource Write(PromptSourceConfig source) => new()
    {
        File = source.File ?? "",
        Inline = { source.Inline.Select(WritePrompt) },
        PromptField = source.PromptField,
        MessagesField = source.MessagesField,
        AnswerField = source.AnswerField,
        ToolsField = source.ToolsField,
        TemplateArgumentsField = source.TemplateArgumentsField,
        MetadataFields = { source.MetadataFields },
        Limit = source.Limit,
    };

    private static Prompt ReadPrompt(Wire.Prompt wire, int index) =>
        PlainPromptMapper.Read(index, wire.Text, wire.Messages, (wire.ToolsJson, wire.TemplateArgumentsJson)) with
        {
            Answer = wire.Answer.Length == 0 ? null : wire.Answer,
            Metadata = new Dictionary<string, string>(wire.Metadata),
        };

    private static Wire.Prompt WritePrompt(Prompt prompt) => new()
    {
        Text = prompt.Text ?? "",
        Messages = { PlainPromptMapper.WriteMessages(prompt) },
        Answer = prompt.Answer ?? "",
        Metadata = { prompt.Metadata.ToDictionary() },
        ToolsJson = prompt.ToolsJson ?? "",
        TemplateArgumentsJson = prompt.TemplateArgumentsJson ?? "",
    };
}
