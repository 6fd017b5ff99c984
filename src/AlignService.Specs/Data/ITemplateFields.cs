namespace AlignService.Specs.Data;

/// <summary>Which fields of a data file hold what a chat template shows besides the messages.</summary>
public interface ITemplateFields
{
    /// <summary>Holds the tools: a JSON list, or text in which one is written.</summary>
    string ToolsField { get; }

    /// <summary>Holds further variables: a JSON object, or text in which one is written.</summary>
    string TemplateArgumentsField { get; }
}
