using AlignService.Specs.Preferences;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Where preferences come from, both ways.</summary>
internal static class PreferenceSourceMapper
{
    public static PreferenceSourceConfig Read(Wire.PreferenceSource wire, SpecReader reader)
    {
        var defaults = new PreferenceSourceConfig();
        return new PreferenceSourceConfig
        {
            File = wire.File.Length == 0 ? null : reader.AbsolutePath(wire.File),
            Inline = [.. wire.Inline.Select((pair, index) => new Preference(PlainPromptMapper.Read(index, pair.Text, pair.Messages, (pair.ToolsJson, pair.TemplateArgumentsJson)), pair.Chosen, pair.Rejected, pair.Margin))],
            PromptField = wire.PromptField.Length == 0 ? defaults.PromptField : wire.PromptField,
            ChosenField = wire.ChosenField.Length == 0 ? defaults.ChosenField : wire.ChosenField,
            RejectedField = wire.RejectedField.Length == 0 ? defaults.RejectedField : wire.RejectedField,
            MarginField = wire.MarginField.Length == 0 ? defaults.MarginField : wire.MarginField,
            ToolsField = wire.ToolsField.Length == 0 ? defaults.ToolsField : wire.ToolsField,
            TemplateArgumentsField = wire.TemplateArgumentsField.Length == 0 ? defaults.TemplateArgumentsField : wire.TemplateArgumentsField,
            Limit = wire.Limit,
        };
    }

    public static Wire.PreferenceSource Write(PreferenceSourceConfig source) => new()
    {
        File = source.File ?? "",
        Inline =
        {
            source.Inline.Select(pair => new Wire.Preference
            {
                Text = pair.Prompt.Text ?? "",
                Messages = { PlainPromptMapper.WriteMessages(pair.Prompt) },
                ToolsJson = pair.Prompt.ToolsJson ?? "",
                TemplateArgumentsJson = pair.Prompt.TemplateArgumentsJson ?? "",
                Chosen = pair.Chosen,
                Rejected = pair.Rejected,
                Margin = pair.Margin,
            }),
        },
        PromptField = source.PromptField,
        ChosenField = source.ChosenField,
        RejectedField = source.RejectedField,
        MarginField = source.MarginField,
        ToolsField = source.ToolsField,
        TemplateArgumentsField = source.TemplateArgumentsField,
        Limit = source.Limit,
    };
}
