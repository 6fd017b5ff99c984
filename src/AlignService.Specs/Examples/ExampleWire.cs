using AlignService.Specs.Binding;
using AlignService.Specs.Data;
using Google.Protobuf;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Specs.Examples;

/// <summary>Converts inline examples from and to the wire.</summary>
internal sealed class ExampleWire : IWireConverter
{
    public object Read(IMessage message, int index)
    {
        var wire = (Wire.Example)message;
        return new Example(PromptWire.Read(index, wire.Text, wire.Messages, (wire.ToolsJson, wire.TemplateArgumentsJson)), PromptWire.OrNull(wire.Completion)) { IsWholeText = wire.WholeText };
    }

    public IMessage Write(object row)
    {
        var example = (Example)row;
        return new Wire.Example
        {
            Text = example.Prompt.Text ?? "",
            Messages = { PromptWire.WriteMessages(example.Prompt) },
            ToolsJson = example.Prompt.ToolsJson ?? "",
            TemplateArgumentsJson = example.Prompt.TemplateArgumentsJson ?? "",
            Completion = example.Completion ?? "",
            WholeText = example.IsWholeText,
        };
    }
}
