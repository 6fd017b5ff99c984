using System.Text.Json;
using System.Text.Json.Serialization;

namespace AlignService.Specs.Data;

/// <summary>Text inside lists and maps, which the Parquet library returns as Memory of char.</summary>
internal sealed class ParquetTextConverter : JsonConverter<ReadOnlyMemory<char>>
{
    public override ReadOnlyMemory<char> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString().AsMemory();

    public override void Write(Utf8JsonWriter writer, ReadOnlyMemory<char> value, JsonSerializerOptions options) => writer.WriteStringValue(value.Span);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, ReadOnlyMemory<char> value, JsonSerializerOptions options) => writer.WritePropertyName(value.Span);
}
