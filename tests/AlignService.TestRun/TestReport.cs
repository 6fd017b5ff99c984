using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace AlignService.TestRun;

/// <summary>Reads the XML report (xUnit.net v2+ format) that a test program writes when it ends.</summary>
public static class TestReport
{
    /// <summary>
    /// Every test of the report. Errors outside tests (a fixture that cannot be disposed of) are failures too; so is a report whose
    /// own totals say something else than its tests.
    /// </summary>
    /// <exception cref="XmlException">The report is not whole.</exception>
    public static IReadOnlyList<TestOutcome> Read(Stream report)
    {
        // Display names may hold characters that XML forbids: tests of tokenizers print them.
        using XmlReader reader = XmlReader.Create(report, new XmlReaderSettings { CheckCharacters = false });
        XElement root = XDocument.Load(reader).Root ?? throw new XmlException("The report is empty.");

        List<TestOutcome> outcomes = [];
        foreach (XElement assembly in root.Elements("assembly"))
        {
            List<TestOutcome> tests = [.. assembly.Descendants("test").Where(HasRun).Select(ReadTest)];
            outcomes.AddRange(tests);
            outcomes.AddRange(assembly.Elements("errors").Elements("error").Select(ReadError));
            outcomes.AddRange(Disagreements(assembly, tests));
        }

        return outcomes;
    }

    // A test that was not selected, or is marked explicit, is not a skipped one.
    private static bool HasRun(XElement test) => Text(test, "result") != "NotRun";

    private static TestOutcome ReadTest(XElement test)
    {
        // The report's writer puts a backslash before each quotation mark of a display name.
        string name = Text(test, "name").Replace("\\\"", "\"", StringComparison.Ordinal);
        return Text(test, "result") switch
        {
            "Pass" => new TestOutcome(name, OutcomeKind.Passed, "", "", ""),
            "Skip" => new TestOutcome(name, OutcomeKind.Skipped, test.Element("reason")?.Value ?? "", "", ""),
            "Fail" => ReadFailure(name, test.Element("failure")),
            string other => TestOutcome.Failure(name, $"The report says '{other}', which is neither Pass, Fail nor Skip."),
        };
    }

    private static TestOutcome ReadError(XElement error) =>
        ReadFailure($"{Text(error, "type")} {Text(error, "name")}".Trim(), error.Element("failure"));

    private static TestOutcome ReadFailure(string name, XElement? failure) => new(
        name,
        OutcomeKind.Failed,
        failure?.Element("message")?.Value ?? "The report gives no message.",
        failure is null ? "" : Text(failure, "exception-type"),
        failure?.Element("stack-trace")?.Value ?? "");

    private static IEnumerable<TestOutcome> Disagreements(XElement assembly, IReadOnlyList<TestOutcome> tests)
    {
        (string Attribute, OutcomeKind Kind)[] totals =
            [("passed", OutcomeKind.Passed), ("failed", OutcomeKind.Failed), ("skipped", OutcomeKind.Skipped)];
        foreach ((string attribute, OutcomeKind kind) in totals)
        {
            int listed = tests.Count(test => test.Kind == kind);
            if (!int.TryParse(Text(assembly, attribute), CultureInfo.InvariantCulture, out int total) || total != listed)
            {
                yield return TestOutcome.Failure("report", $"The report says {attribute}=\"{Text(assembly, attribute)}\" and lists {listed}.");
            }
        }
    }

    private static string Text(XElement element, string attribute) => element.Attribute(attribute)?.Value ?? "";
}
