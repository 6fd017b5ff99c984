using System.Text;

namespace AlignService.Testing;

/// <summary>The template of a case of golden/chat-templates: a file of its own, or a value inside a file that source.txt names.</summary>
public static class GoldenChatTemplate
{
    public static string Read(string caseFolder)
    {
        string file = Path.Combine(caseFolder, "template.jinja");
        string[] source = File.Exists(file) ? [file] : GoldenFolder.Source(caseFolder).Split('#');
        string text = Encoding.UTF8.GetString(File.ReadAllBytes(source[0]));
        return source.Length == 1 ? text : GoldenJson.Parse(text, source[0]).Text(source[1]);
    }
}
