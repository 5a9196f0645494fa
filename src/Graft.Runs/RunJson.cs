using System.Text.Json;
using System.Text.Json.Serialization;

namespace Graft.Runs;

/// <summary>How a run's files are written as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true,
    Converters = [typeof(FiniteNumber), typeof(FiniteNumberOrNone)])]
[JsonSerializable(typeof(RunConfig))]
[JsonSerializable(typeof(RunMetrics))]
[JsonSerializable(typeof(RunStatus))]
internal sealed partial class RunJson : JsonSerializerContext;

/// <summary>JSON has no word for what is not a number: it is written as <c>null</c>.</summary>
internal sealed class FiniteNumber : JsonConverter<double>
{
    public override bool HandleNull => true;

    public override double Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteNullValue();
    }
}

/// <summary>As <see cref="FiniteNumber"/>, for a value that may be absent: what is absent is not written at all.</summary>
internal sealed class FiniteNumberOrNone : JsonConverter<double?>
{
    public override bool HandleNull => true;

    public override double? Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double? value, JsonSerializerOptions options)
    {
        if (value is { } number && double.IsFinite(number)) writer.WriteNumberValue(number);
        else writer.WriteNullValue();
    }
}
