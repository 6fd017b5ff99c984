using System.Collections;
using AlignService.Specs;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace AlignService.Cli.JobFiles;

/// <summary>The rows of data in a job file, which the server does not send back: it counts them.</summary>
internal static class InlineRows
{
    /// <summary>Puts the rows of the file in the places where the server counted them.</summary>
    public static void Restore(IMessage received, IMessage sent)
    {
        foreach (FieldDescriptor field in received.Descriptor.Fields.InDeclarationOrder())
        {
            if (SettingCatalog.IsWritten(field))
            {
                field.Accessor.Clear(received);
            }
            else if (field.FieldType == FieldType.Message && field.IsRepeated && !field.IsMap && received.Descriptor.FindFieldByName($"{field.Name}_count") is not null)
            {
                var rows = (IList)field.Accessor.GetValue(received);
                foreach (object row in (IList)field.Accessor.GetValue(sent))
                {
                    rows.Add(row);
                }
            }
            else if (field is { FieldType: FieldType.Message, IsRepeated: false } && field.Accessor.GetValue(received) is IMessage inner && field.Accessor.GetValue(sent) is IMessage same)
            {
                Restore(inner, same);
            }
        }
    }
}
