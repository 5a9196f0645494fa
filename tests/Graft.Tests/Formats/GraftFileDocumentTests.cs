using System.Reflection;
using Graft.Activations;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Tests.Formats;

/// <summary>docs/graft-file.md says of every operation what the code says.</summary>
public class GraftFileDocumentTests
{
    private const int Channels = 4;

    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "graft-file.md"));
    private static readonly OperationRow[] Rows = OperationRow.Read(Document);

    public static TheoryData<string> Names => [.. Rows.Select(row => row.Name)];

    [Fact]
    public void EveryOperationOfTheLibraryIsThere()
    {
        IEnumerable<string> names = typeof(Operation).Assembly.GetTypes().SelectMany(type => type.GetCustomAttributes<OperationNameAttribute>()).Select(attribute => attribute.Name);
        Assert.Equal(names.Order(StringComparer.Ordinal), Rows.Select(row => row.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void EveryActivationFunctionIsThere() =>
        Assert.Equal(ActivationFunction.All.Select(function => $"`{function.Name}`"), OperationRow.Table(Document, "function").Select(cells => cells[0]));

    [Theory]
    [MemberData(nameof(Names))]
    public void AttributesAreThoseThatItAsksFor(string name)
    {
        OperationRow row = Row(name);
        Dictionary<string, (string? Range, string? Default)> asked = Read(row, Configurations(row).First()).Fields.Asked;
        Assert.Equal(asked.Keys.Order(StringComparer.Ordinal), row.Fields.Select(field => field.Name).Order(StringComparer.Ordinal));
        foreach (OperationRow.Field field in row.Fields)
        {
            (string? range, string? otherwise) = asked[field.Name];
            if (range is not null) Assert.Equal((field.Name, range), (field.Name, field.Range));
            else Assert.True(field.Bounds() is not null, $"{field.Name} {field.Range}");

            bool isInWords = field.Default is { } text && !text.StartsWith('`') && !float.TryParse(text, out _) && text is not ("true" or "false");
            Assert.Equal((field.Name, otherwise), (field.Name, isInWords ? RecordingFields.InWords : field.Default));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void NumbersBeyondTheirBoundsAreRefused(string name)
    {
        OperationRow row = Row(name);
        Dictionary<string, object> fields = Configurations(row).First();
        foreach (OperationRow.Field field in row.Fields)
        {
            if (field.Bounds() is not { } bounds) continue;
            foreach (float number in bounds.Inside) Read(row, new(fields) { [field.Name] = Value(number) });
            foreach (float number in bounds.Outside)
                Assert.Throws<ArgumentOutOfRangeException>(() => Read(row, new(fields) { [field.Name] = Value(number) }));

            object Value(float number) => field.Range.StartsWith("two numbers", StringComparison.Ordinal) ? (number, number) : number;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ParametersAreThoseThatItHas(string name)
    {
        OperationRow row = Row(name);
        foreach (Dictionary<string, object> fields in Configurations(row))
        {
            Operation operation = Read(row, fields).Operation;
            Shape[] inputs = [.. Enumerable.Repeat<Shape>(row.Takes == "features" ? [1, Channels] : [1, 9, 8, Channels], operation.Arity)];
            if (fields.ContainsKey("standardize") && fields.GetValueOrDefault("quantize") is true)
            {
                Assert.Equal(
                    "A convolution's weights are standardized or quantized, not both: fold the standardization first.",
                    Assert.Throws<NetworkException>(() => operation.Parameters(inputs)).Message);
                continue;
            }

            IEnumerable<(string, Shape)> expected = row.Parameters.Where(array => array.IsThere(Field)).Select(array => (array.Name, array.Shape(Field)));
            Assert.Equal(expected, operation.Parameters(inputs).Select(parameter => (parameter.Name, parameter.Shape)));

            object? Field(string field) => field == "channels" ? Channels : fields.GetValueOrDefault(field) ?? (field == "instance_channels" ? Channels / 2 : null);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ValuesAreThoseThatItTakes(string name)
    {
        OperationRow row = Row(name);
        Operation operation = Read(row, Configurations(row).First()).Operation;
        Assert.Equal(row.Takes.StartsWith("two ", StringComparison.Ordinal), operation.Arity > 1);
        if (operation.Arity > 1) return;
        Assert.Equal(row.Takes is "image" or "image or features", Accepts([1, 9, 8, Channels]));
        Assert.Equal(row.Takes is "features" or "image or features", Accepts([1, Channels]));

        bool Accepts(Shape shape)
        {
            try
            {
                operation.OutputShape([shape]);
                return true;
            }
            catch (NetworkException)
            {
                return false;
            }
        }
    }

    [Fact]
    public void TheAmountsOfPaddingAreBounded() => Assert.Contains($"each from 0 to {FieldReader.LargestStep};", Document);

    private static OperationRow Row(string name) => Rows.Single(row => row.Name == name);

    private static (Operation Operation, RecordingFields Fields) Read(OperationRow row, Dictionary<string, object> values)
    {
        RecordingFields fields = new(row.Name, values);
        return (OperationRegistry.Read(row.Name, fields)!, fields);
    }

    /// <summary>Every choice of flags, words and fields that may be left out.</summary>
    private static IEnumerable<Dictionary<string, object>> Configurations(OperationRow row)
    {
        IEnumerable<Dictionary<string, object>> all = [[]];
        foreach (OperationRow.Field field in row.Fields)
            all = all.SelectMany(fields => field.Samples().Select(value => value is null ? fields : new(fields) { [field.Name] = value }));
        return all;
    }
}
