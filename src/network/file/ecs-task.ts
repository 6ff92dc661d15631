import { z } from 'zod';
import { topKind } from './kind.ts';
import { id, tags, text } from './schema-parts.ts';
import { DEFINITION, type EcsTask, INSTANCE, NAME, PARTITION } from '../ecs-task.ts';

const TASK = new RegExp(
  `^(arn:${PARTITION}:ecs:([a-z][a-z0-9-]{0,62}):([0-9]{12})):task/(${NAME})/([0-9a-f]{32}|[0-9a-f-]{36})$`,
);

const EXAMPLE = 'arn:aws:ecs:eu-central-1:123456789012';

/** `ecsTasks` of network.yaml. */
export const ecsTaskKind = topKind(
  z.strictObject({
    arn: text(
      (value) => TASK.test(value),
      `is no ARN of a task: write one like ${EXAMPLE}:task/CLUSTER/0123456789abcdef0123456789abcdef`,
    ),
    interface: id('interface'),
    service: text(
      (value) => new RegExp(`^${NAME}$`).test(value),
      'is no service name: up to 255 letters, digits, hyphens and underscores',
    ).optional(),
    taskDefinition: text(
      (value) => DEFINITION.test(value),
      `is no ARN of a task definition: write one like ${EXAMPLE}:task-definition/web:7`,
    ).optional(),
    containerInstance: text(
      (value) => INSTANCE.test(value),
      `is no ARN of a container instance: write one like ${EXAMPLE}:container-instance/CLUSTER/0123456789abcdef0123456789abcdef`,
    ).optional(),
    containers: z
      .array(
        text(
          (value) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(value),
          'is no container id: up to 128 letters, digits, dots, hyphens and underscores',
        ),
      )
      .default([]),
    tags: tags.default({}),
  }),
  (it, base): EcsTask => {
    const [, place, region, accountId, clusterName, taskId] = TASK.exec(it.arn)!;
    return {
      ...base,
      id: it.arn,
      accountId: accountId!,
      region: region!,
      interfaceId: it.interface,
      taskId: taskId!,
      clusterArn: `${place}:cluster/${clusterName}`,
      clusterName: clusterName!,
      serviceName: it.service,
      taskDefinitionArn: it.taskDefinition,
      containerInstanceArn: it.containerInstance,
      containerInstanceId:
        it.containerInstance === undefined ? undefined : INSTANCE.exec(it.containerInstance)![3]!,
      containerIds: it.containers,
    };
  },
);
