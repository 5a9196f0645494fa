using Graft.Activations;
using Graft.Onnx.Writing;
using Graft.Operations;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Onnx.Tests.Writing;

public class OperationWriterTests
{
    /// <summary>What no file says: inference leaves it out.</summary>
    private static readonly Type[] LeftOut = [typeof(Dropout)];

    /// <summary>What has no form in ONNX: nothing.</summary>
    private static readonly Type[] Refused = [];

    [Fact]
    public void EveryOperationIsWrittenOrRefusedByName()
    {
        IEnumerable<Type> operations = typeof(Operation).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Operation)) && !type.IsAbstract);
        Assert.Equal(operations.Select(type => type.Name).Order(), OperationWriter.Known.Concat(LeftOut).Concat(Refused).Select(type => type.Name).Order());
    }

    [Fact]
    public void EveryActivationFunctionIsWritten() =>
        Assert.Equal(ActivationFunction.All.Except([ActivationFunction.Identity]), OperationWriter.KnownFunctions.OrderBy(function => function.Name, StringComparer.Ordinal));

    [Fact]
    public void AnotherIsRefused()
    {
        string message = Assert.Throws<OnnxException>(() => OnnxFile.Export(OnnxFile.Single(new Foreign(), 3, 3))).Message;
        Assert.Equal("Node 'layer' (foreign) has no form in ONNX yet, so the network cannot be exported.", message);
    }

    private sealed record Foreign : Operation
    {
        public override string Label => "foreign";

        public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0];

        internal override void Write(FieldWriter fields) => throw new NotSupportedException();

        internal override void Reference(ReferenceNode node) => throw new NotSupportedException();

        internal override void ReferenceBackward(ReferenceNode node) => throw new NotSupportedException();

        internal override InferenceKernel Infer(InferenceNode node) => throw new NotSupportedException();

        internal override TrainingKernel Train(TrainingNode node) => throw new NotSupportedException();
    }
}
