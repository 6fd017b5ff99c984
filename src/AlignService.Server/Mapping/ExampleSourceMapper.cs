using AlignService.Specs.Examples;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Where examples come from, both ways.</summary>
internal static class ExampleSourceMapper
{
    public static ExampleSourceConfig Read(Wire.ExampleSource wire, SpecReader reader)
    {
        var defaults = new ExampleSourceConfig();
        return new ExampleSourceConfig
        {
            File = wire.File.Length == 0 ? null : reader.AbsolutePath(wire.File),
            Inline = [.. wire.Inline.Select((example, index) =>
                new Example(PlainPromptMapper.Read(index, example.Text, example.Messages, (example.ToolsJson, example.TemplateArgumentsJson)), example.Completion.Length == 0 ? null : example.Completion))],
            PromptField = wire.PromptField.Length == 0 ? defaults.PromptField : wire.PromptField,
            CompletionField = wire.CompletionField.Length == 0 ? defaults.CompletionField : wire.CompletionField,
            MessagesField = wire.MessagesField.Length == 0 ? defaults.MessagesField : wire.MessagesField,
            ToolsField = wire.ToolsField.Length == 0 ? defaults.ToolsField : wire.ToolsField,
            TemplateArgumentsField = wire.TemplateArgumentsField.Length == 0 ? defaults.TemplateArgumentsField : wire.TemplateArgumentsField,
            Limit = wire.Limit,
        };
    }

    public static Wire.ExampleSource Write(ExampleSourceConfig source) => new()
    {
        File = source.File ?? "",
        Inline =
        {
            source.Inline.Select(example => new Wire.Example
            {
                Text = example.Prompt.Text ?? "",
                Messages = { PlainPromptMapper.WriteMessages(example.Prompt) },
                ToolsJson = example.Prompt.ToolsJson ?? "",
                TemplateArgumentsJson = example.Prompt.TemplateArgumentsJson ?? "",
                Completion = example.Completion ?? "",
            }),
        },
        PromptField = source.PromptField,
        CompletionField = source.CompletionField,
        MessagesField = source.MessagesField,
        ToolsField = source.ToolsField,
        TemplateArgumentsField = source.TemplateArgumentsField,
        Limit = source.Limit,
    };
}
