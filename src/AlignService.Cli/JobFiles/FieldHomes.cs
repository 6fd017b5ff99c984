using Google.Protobuf.Reflection;

namespace AlignService.Cli.JobFiles;

/// <summary>Knows where in a job each field lives, for a field that was written in the wrong place.</summary>
internal static class FieldHomes
{
    /// <summary>The path of the message that has the field, or empty where none has; lists are not entered.</summary>
    public static string Find(MessageDescriptor root, string name) => Search(root, name, "");

    private static string Search(MessageDescriptor message, string name, string path)
    {
        foreach (var field in message.Fields.InDeclarationOrder().Where(field => field.FieldType == FieldType.Message && !field.IsRepeated && !field.IsMap))
        {
            string inner = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            if (field.MessageType.FindFieldByName(name) is not null)
            {
                return inner;
            }

            string deeper = Search(field.MessageType, name, inner);
            if (deeper.Length > 0)
            {
                return deeper;
            }
        }

        return "";
    }
}
