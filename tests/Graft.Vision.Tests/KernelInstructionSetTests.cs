namespace Graft.Vision.Tests;

public class KernelInstructionSetTests : InstructionSetTests;
