namespace AlignService.Specs.Data;

/// <summary>Which fields of a data file hold what a chat template shows besides the messages.</summary>
public interface ITemplateFields
{
    /// <summary>Field with the tools: a JSON list, or text that contains one.</summary>
    string ToolsField { get; }

    /// <summary>Field with further variables: a JSON object, or text that contains one.</summary>
    string TemplateArgumentsField { get; }
}
