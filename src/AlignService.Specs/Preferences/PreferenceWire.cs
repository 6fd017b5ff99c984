using AlignService.Specs.Binding;
using AlignService.Specs.Data;
using Google.Protobuf;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Specs.Preferences;

/// <summary>Converts inline preferences from and to the wire.</summary>
internal sealed class PreferenceWire : IWireConverter
{
    public object Read(IMessage message, int index)
    {
        var wire = (Wire.Preference)message;
        return new Preference(PromptWire.Read(index, wire.Text, wire.Messages, (wire.ToolsJson, wire.TemplateArgumentsJson)), wire.Chosen, wire.Rejected, wire.Margin);
    }

    public IMessage Write(object row)
    {
        var preference = (Preference)row;
        return new Wire.Preference
        {
            Text = preference.Prompt.Text ?? "",
            Messages = { PromptWire.WriteMessages(preference.Prompt) },
            ToolsJson = preference.Prompt.ToolsJson ?? "",
            TemplateArgumentsJson = preference.Prompt.TemplateArgumentsJson ?? "",
            Chosen = preference.Chosen,
            Rejected = preference.Rejected,
            Margin = preference.Margin,
        };
    }
}
