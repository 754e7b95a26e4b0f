// made by `mobile-hrp contract sdk`

import type { Operation } from './core.ts';

export interface AckAlertInput {
  idempotencyKey: string;
  alertId: string;
  text?: string;
}

export interface AddApproverInput {
  idempotencyKey: string;
  taskId: string;
  staffId: string;
  position: AddPosition;
  comment?: string;
}

export interface AddDisputeEvidenceInput {
  idempotencyKey: string;
  disputeId: string;
  text?: string | null;
}

export type AddPosition =
  | 'AFTER'
  | 'BEFORE'
  | 'BESIDE';

export interface AlterDocumentInput {
  idempotencyKey: string;
  documentId: string;
  values: unknown;
  comment: string;
  expectedVersion?: number | null;
  selected?: Array<SelectedApproversInput>;
  reasons?: Array<FindingReasonInput>;
}

export interface AmendDocumentInput {
  idempotencyKey: string;
  taskId: string;
  snapshotHash: string;
  reason: string;
  lines?: Array<AmendLineInput>;
  values?: unknown | null;
}

export interface AmendLineInput {
  lineId: string;
  amount: string;
  reason: string;
}

export interface AnnounceBudgetRoundInput {
  idempotencyKey: string;
  year: number;
  dueOn: string;
}

export interface AnswerConsultInput {
  idempotencyKey: string;
  taskId: string;
  text: string;
}

export interface ApplyBudgetImportInput {
  idempotencyKey: string;
  sheet: BudgetSheetInput;
  expectedDigest: string;
}

export type ApprovalEventKind =
  | 'ALARM_CLEARED'
  | 'ALARM_RAISED'
  | 'ALTERATION_DROPPED'
  | 'ALTERED'
  | 'AMENDED'
  | 'APPROVED'
  | 'APPROVER_ADDED'
  | 'APPROVER_REMOVED'
  | 'ASSIGNED'
  | 'CLAIMED'
  | 'COMMENTED'
  | 'CONSULTED'
  | 'CONSULT_ANSWERED'
  | 'COPIED'
  | 'DECIDED'
  | 'DELEGATED'
  | 'DELEGATE_RETURNED'
  | 'EXPLAINED'
  | 'NODE_DONE'
  | 'NODE_OPENED'
  | 'NODE_REJECTED'
  | 'NODE_RESET'
  | 'NODE_SKIPPED'
  | 'NODE_SUPERSEDED'
  | 'OBJECTION_DISMISSED'
  | 'OBJECTION_RAISED'
  | 'OPENED'
  | 'ORG_CHANGED'
  | 'PROXY_APPLIED'
  | 'PROXY_ENDED'
  | 'READ'
  | 'REJECTED'
  | 'RELEASED'
  | 'REMINDED'
  | 'REOPENED'
  | 'RESUBMITTED'
  | 'REVIEW_CLOSED'
  | 'SENT_BACK'
  | 'TAKEN_BACK'
  | 'TASK_CLOSED'
  | 'TASK_MOVED'
  | 'TASK_OPENED'
  | 'TIMED_OUT'
  | 'TRANSFERRED'
  | 'VOIDED'
  | 'WINDOW_CLOSED'
  | 'WITHDRAWN'
  | (string & {});

export type ApprovalNodeKind =
  | 'APPROVE'
  | 'CONFIRM'
  | 'HANDLE'
  | 'PAY'
  | 'POST_REVIEW'
  | 'PUBLICITY'
  | 'RECEIVE'
  | 'RECORD'
  | 'SEAL';

export type ApprovalNodeStatus =
  | 'ACTIVE'
  | 'DONE'
  | 'REJECTED'
  | 'SKIPPED'
  | 'SUPERSEDED'
  | 'WAITING';

export interface ApprovePerformanceRulesInput {
  idempotencyKey: string;
  ruleSetId: string;
}

export interface ApproveSecondaryDistributionInput {
  idempotencyKey: string;
  distributionId: string;
  documentId: string;
}

export type ArchiveFaultKind =
  | 'ADDED'
  | 'CHANGED'
  | 'MISSING'
  | 'NOT_THE_RECORDED_ONE'
  | 'UNREADABLE';

export type ArchiveProperty =
  | 'AUTHENTICITY'
  | 'INTEGRITY'
  | 'SAFETY'
  | 'USABILITY';

export interface AskExceptionInput {
  idempotencyKey: string;
  documentId: string;
  expectedVersion?: number | null;
}

export interface AssignInput {
  idempotencyKey: string;
  documentId: string;
  nodeKey: string;
  staffIds: Array<string>;
  comment: string;
  taskId?: string | null;
}

export interface AttachReceiptsInput {
  idempotencyKey: string;
  documentId: string;
  rowPath: string;
  receiptIds: Array<string>;
  expectedVersion?: number | null;
}

export interface BatchDecideInput {
  idempotencyKey: string;
  items: Array<BatchItemInput>;
}

export interface BatchItemInput {
  taskId: string;
  snapshotHash: string;
  verdict: Verdict;
  comment?: string;
  evidence?: Array<EvidenceInput>;
}

export interface BindLoginInput {
  provider: LoginProvider;
  code: string;
  codeOrigin?: LoginCodeOrigin | null;
}

export interface BudgetChargeInput {
  amount: string;
  budgetLineId?: string | null;
}

export type BudgetCheckWindow =
  | 'PTD'
  | 'QTD'
  | 'YEAR'
  | 'YTD';

export type BudgetControlMode =
  | 'ELASTIC'
  | 'NONE'
  | 'RIGID'
  | 'WARN';

export type BudgetOutcome =
  | 'ALLOWED'
  | 'NEEDS_EXTRA_APPROVER'
  | 'NEEDS_REASON'
  | 'REFUSED'
  | 'WARNED';

export type BudgetSheetFormat =
  | 'CSV'
  | 'XLSX';

export interface BudgetSheetInput {
  year: number;
  text?: string | null;
  removeMissing?: boolean;
}

export interface BuildArchiveInput {
  idempotencyKey: string;
  documentId: string;
}

export interface CalculatePerformanceInput {
  idempotencyKey: string;
  period: string;
}

export interface CalendarDayInput {
  day: string;
  name: string;
  shifts?: Array<string>;
}

export interface CancelPaymentOrderInput {
  idempotencyKey: string;
  orderId: string;
  reason: string;
}

export type CaptureStage =
  | 'FAILED'
  | 'READ'
  | 'READING'
  | 'RECEIVED'
  | 'WAITING'
  | (string & {});

export type CardTheme =
  | 'DARK'
  | 'LIGHT';

export interface ChangePasswordInput {
  currentPassword: string;
  newPassword: string;
}

export interface CommentInput {
  idempotencyKey: string;
  documentId: string;
  text: string;
  mentions?: Array<string>;
}

export interface ConfirmActionInput {
  token: string;
  password: string;
}

export interface ConfirmReceiptInput {
  idempotencyKey: string;
  receiptId: string;
  fields: Array<FieldCorrectionInput>;
  reason?: string | null;
}

export interface ConsultInput {
  idempotencyKey: string;
  taskId: string;
  to: string;
  text: string;
}

export type ControlStage =
  | 'APPROVE'
  | 'CAPTURE'
  | 'PAY'
  | 'ROUTE'
  | 'SUBMIT';

export interface CopyInput {
  idempotencyKey: string;
  documentId: string;
  to: Array<string>;
  comment?: string;
}

export type DashboardSection =
  | 'BUDGET'
  | 'COSTS'
  | 'INCOME'
  | 'PERSONNEL';

export interface DeadLetterFilterInput {
  state?: DeliveryState;
  channel?: PushChannel | null;
  code?: string | null;
  since?: string | null;
  until?: string | null;
}

export interface DecideByTokenInput {
  idempotencyKey: string;
  token: string;
  comment?: string;
}

export interface DecidePerformanceDisputeInput {
  idempotencyKey: string;
  disputeId: string;
  accept: boolean;
  answer: string;
  granted?: string | null;
}

export interface DecideTaskInput {
  idempotencyKey: string;
  taskId: string;
  snapshotHash: string;
  verdict: Verdict;
  comment?: string;
  evidence?: Array<EvidenceInput>;
  sendBackTo?: string;
  resubmit?: ResubmitPolicy;
}

export type DeliveryState =
  | 'ACCEPTED'
  | 'CONFIRMED'
  | 'DEAD'
  | 'EXPIRED'
  | 'PENDING'
  | 'SUPPRESSED'
  | 'UNCERTAIN'
  | 'UNDELIVERED'
  | 'WITHDRAWN';

export interface DetachReceiptInput {
  idempotencyKey: string;
  documentId: string;
  receiptId: string;
}

export interface DeviceInput {
  installationId: string;
  platform: Platform;
  label?: string;
}

export interface DocumentCommentInput {
  idempotencyKey: string;
  documentId: string;
  comment?: string;
}

export type DocumentStatus =
  | 'APPROVED'
  | 'CLOSED'
  | 'DRAFT'
  | 'IN_APPROVAL'
  | 'REJECTED'
  | 'RETURNED'
  | 'VOIDED'
  | 'WITHDRAWN';

export type EfficiencyBy =
  | 'DEPARTMENT'
  | 'FLOW'
  | 'NODE'
  | 'PERSON';

export type EndpointKind =
  | 'FCM_FID'
  | 'FCM_TOKEN'
  | 'OPENID'
  | 'PHONE'
  | 'UNIONID'
  | 'URL'
  | 'USERID';

export type ErrorCode =
  | 'ACTION_NOT_OFFERED'
  | 'ACTION_TOKEN_EXPIRED'
  | 'ACTION_TOKEN_UNKNOWN'
  | 'ACTION_TOKEN_USED'
  | 'ADDED_TOO_DEEP'
  | 'ALERT_ALREADY_ACKNOWLEDGED'
  | 'ALLOT_NEGATIVE_WEIGHT'
  | 'ALLOT_NO_WEIGHT'
  | 'ALREADY_OBJECTED'
  | 'ALREADY_SEATED'
  | 'ALTER_BELOW_USE'
  | 'ALTER_TOO_LATE'
  | 'AMEND_FIELD_NOT_YOURS'
  | 'AMEND_LINE_UNKNOWN'
  | 'AMEND_NOTHING'
  | 'AMEND_NOTHING_LEFT'
  | 'AMEND_NOT_BALANCED'
  | 'AMEND_NOT_LOWER'
  | 'AMEND_RAISES_AMOUNT'
  | 'AMEND_REASON_REQUIRED'
  | 'AMOUNT_NOT_POSITIVE'
  | 'APPROVER_INACTIVE'
  | 'ARCHIVE_NOT_READY'
  | 'ARCHIVE_ORIGINAL_MISSING'
  | 'ARCHIVE_TOO_LARGE'
  | 'BAD_REQUEST'
  | 'BATCH_TOO_LARGE'
  | 'BODY_TOO_LARGE'
  | 'BUDGET_CUT_EXCEEDS_AVAILABLE'
  | 'BUDGET_EXCEEDED'
  | 'BUDGET_IMPORT_BELOW_USED'
  | 'BUDGET_IMPORT_DAMAGED'
  | 'BUDGET_IMPORT_DUPLICATE'
  | 'BUDGET_IMPORT_EMPTY'
  | 'BUDGET_IMPORT_ENCODING'
  | 'BUDGET_IMPORT_FORMULA'
  | 'BUDGET_IMPORT_HEADINGS_MISSING'
  | 'BUDGET_IMPORT_HEADING_TWICE'
  | 'BUDGET_IMPORT_HEADING_UNKNOWN'
  | 'BUDGET_IMPORT_KIND'
  | 'BUDGET_IMPORT_LEVELS'
  | 'BUDGET_IMPORT_LINE_IN_USE'
  | 'BUDGET_IMPORT_OUTSIDE_COLUMNS'
  | 'BUDGET_IMPORT_RATE'
  | 'BUDGET_IMPORT_REMOVED_IN_USE'
  | 'BUDGET_IMPORT_REQUIRED'
  | 'BUDGET_IMPORT_SOURCE'
  | 'BUDGET_IMPORT_STALE'
  | 'BUDGET_IMPORT_SUM'
  | 'BUDGET_IMPORT_TEXT'
  | 'BUDGET_IMPORT_TOO_LARGE'
  | 'BUDGET_IMPORT_TOO_MANY_COLUMNS'
  | 'BUDGET_IMPORT_TOO_MANY_ROWS'
  | 'BUDGET_IMPORT_TOTAL'
  | 'BUDGET_IMPORT_UNKNOWN_CAMPUS'
  | 'BUDGET_IMPORT_UNKNOWN_CLASS'
  | 'BUDGET_IMPORT_UNKNOWN_DEPARTMENT'
  | 'BUDGET_IMPORT_UNKNOWN_FUND_SOURCE'
  | 'BUDGET_IMPORT_UNKNOWN_OWNER'
  | 'BUDGET_IMPORT_UNKNOWN_PARENT'
  | 'BUDGET_IMPORT_UNKNOWN_PROJECT'
  | 'BUDGET_IMPORT_WORD'
  | 'BUDGET_IMPORT_YEAR'
  | 'BUDGET_LEDGER_BROKEN'
  | 'BUDGET_LINE_AMBIGUOUS'
  | 'BUDGET_REASON_REQUIRED'
  | 'BUDGET_ROUND_INVALID'
  | 'BUDGET_TRANSFER_FUND_SOURCE'
  | 'BUDGET_TRANSFER_SAME_BRANCH'
  | 'BUDGET_TREE_CIRCULAR'
  | 'BUDGET_YEAR_END_LINE_MISSING'
  | 'BUDGET_YEAR_NOT_OVER'
  | 'BUSY'
  | 'CALENDAR_COLUMNS_WRONG'
  | 'CALENDAR_DAY_INVALID'
  | 'CALENDAR_DAY_TWICE'
  | 'CALENDAR_NAME_INVALID'
  | 'CALENDAR_SHIFT_INVALID'
  | 'CALENDAR_TOO_LARGE'
  | 'CALLBACK_MALFORMED'
  | 'CALLBACK_REPLAYED'
  | 'CALLBACK_SIGNATURE'
  | 'CALLBACK_TOO_OLD'
  | 'CLIENT_TOO_OLD'
  | 'COMMENT_REQUIRED'
  | 'COMMENT_TOO_LONG'
  | 'CREDENTIALS_INVALID'
  | 'CURSOR_INVALID'
  | 'DELIVERY_DAYS_INVALID'
  | 'DELIVERY_NOT_REPLAYABLE'
  | 'DELIVERY_STATE_UNSUPPORTED'
  | 'DEVICE_MISMATCH'
  | 'DEVICE_REVOKED'
  | 'DISPUTE_EVIDENCE'
  | 'DISPUTE_GRANTED'
  | 'DISPUTE_HANDLER'
  | 'DISPUTE_STATE'
  | 'DISPUTE_TEXT'
  | 'DISPUTE_TWICE'
  | 'DISPUTE_WINDOW'
  | 'DISTRIBUTION_DAYS'
  | 'DISTRIBUTION_DOCUMENT'
  | 'DISTRIBUTION_ENTRY'
  | 'DISTRIBUTION_MEMBERS'
  | 'DISTRIBUTION_RATIO'
  | 'DISTRIBUTION_STATE'
  | 'DISTRIBUTION_TOO_MUCH'
  | 'DOCUMENT_NOT_CLOSABLE'
  | 'DOCUMENT_NOT_EDITABLE'
  | 'DOCUMENT_TEXT_INVALID'
  | 'DOCUMENT_VERSION_STALE'
  | 'DUTY_CONFLICT'
  | 'EFFICIENCY_PERIOD_INVALID'
  | 'ENDPOINT_ADDRESS_INVALID'
  | 'ENDPOINT_KIND_UNSUPPORTED'
  | 'EVIDENCE_MISMATCH'
  | 'EVIDENCE_REQUIRED'
  | 'EXPORT_DATASET'
  | 'EXPORT_EXPIRED'
  | 'EXPORT_INCOMPLETE'
  | 'EXPORT_NOT_APPROVED'
  | 'EXPORT_NOT_PAID'
  | 'EXPORT_PERIOD_INVALID'
  | 'EXTERNAL_IDENTITY_TAKEN'
  | 'FACT_CODE_UNKNOWN'
  | 'FACT_COEFFICIENT_TWICE'
  | 'FACT_DATE'
  | 'FACT_DATE_OUTSIDE'
  | 'FACT_DEPARTMENT_UNKNOWN'
  | 'FACT_HEADING_MISSING'
  | 'FACT_HEADING_TWICE'
  | 'FACT_HEADING_UNKNOWN'
  | 'FACT_NOBODY'
  | 'FACT_NO_ROWS'
  | 'FACT_QUANTITY'
  | 'FACT_ROW_TWICE'
  | 'FACT_STAFF_UNKNOWN'
  | 'FACT_TEXT'
  | 'FINDING_ALREADY_OVERRIDDEN'
  | 'FINDING_BLOCKED'
  | 'FINDING_NEEDS_APPROVER'
  | 'FINDING_NEEDS_REASON'
  | 'FINDING_NOTHING_STOPS'
  | 'FINDING_NOT_OVERRIDABLE'
  | 'FINDING_OWN_DOCUMENT'
  | 'FINDING_REASON_REQUIRED'
  | 'FORM_FIELD_REQUIRED'
  | 'FORM_FIELD_UNKNOWN'
  | 'FORM_OPTION_UNKNOWN'
  | 'FORM_OUT_OF_RANGE'
  | 'FORM_ROWS_TOO_MANY'
  | 'FORM_RULE_FAILED'
  | 'FORM_TEXT_TOO_LONG'
  | 'FORM_TOO_LARGE'
  | 'FORM_VALUE_INVALID'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'HOLD_NOT_ENOUGH'
  | 'HOLD_OF_OTHER_DOCUMENT'
  | 'HOSPITAL_UNKNOWN'
  | 'IDEMPOTENCY_KEY_INVALID'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'ID_INVALID'
  | 'INDICATOR_ATTRIBUTE'
  | 'INDICATOR_BOUND'
  | 'INDICATOR_DATE_AHEAD'
  | 'INDICATOR_DEFINITION'
  | 'INDICATOR_HEADING_UNKNOWN'
  | 'INDICATOR_MONTHS'
  | 'INDICATOR_PEOPLE'
  | 'INDICATOR_SHAPE'
  | 'INDICATOR_SOURCE_ROW'
  | 'INDICATOR_THRESHOLDS'
  | 'INSTANCE_CLOSED'
  | 'INSTANCE_TOO_LONG'
  | 'INTERNAL'
  | 'INTROSPECTION_OFF'
  | 'LAST_APPROVER'
  | 'LINE_OF_OTHER_CAMPUS'
  | 'LOAN_CLAIM_NOT_OPEN'
  | 'LOAN_CLAIM_TOO_SMALL'
  | 'LOAN_DECISION_REQUIRED'
  | 'LOAN_IN_USE'
  | 'LOAN_OUTSTANDING_EXCEEDED'
  | 'LOAN_REPAYMENT_BOOKED'
  | 'LOAN_SETTLED'
  | 'LOAN_TRANSFER_SELF'
  | 'LOAN_TRANSFER_WHOLE'
  | 'LOAN_UNKNOWN'
  | 'LOGIN_BLOCKED_BY_PROVIDER'
  | 'LOGIN_BUSY'
  | 'LOGIN_CODE_INVALID'
  | 'LOGIN_LOCKED'
  | 'LOGIN_NAME_INVALID'
  | 'LOGIN_NAME_TAKEN'
  | 'LOGIN_NOT_A_MEMBER'
  | 'LOGIN_NOT_BOUND'
  | 'LOGIN_PROVIDER_UNAVAILABLE'
  | 'MEDIA_TYPE_UNSUPPORTED'
  | 'METHOD_NOT_ALLOWED'
  | 'MONEY_EMPTY'
  | 'MONEY_EXPONENT'
  | 'MONEY_FULL_WIDTH'
  | 'MONEY_MALFORMED'
  | 'MONEY_NEGATIVE'
  | 'MONEY_NOT_A_NUMBER'
  | 'MONEY_TOO_LARGE'
  | 'MONEY_TOO_PRECISE'
  | 'NOBODY_NAMED'
  | 'NODE_NOT_ACTIVE'
  | 'NOTHING_HELD'
  | 'NOTHING_TO_TAKE_BACK'
  | 'NOTIFICATION_CATEGORY_UNKNOWN'
  | 'NOTIFICATION_LIMITS_INVALID'
  | 'NOT_ACCEPTABLE'
  | 'NOT_ADDED_BY_YOU'
  | 'NOT_ADMINISTRATOR'
  | 'NOT_ALLOWED_HERE'
  | 'NOT_CLAIMABLE'
  | 'NOT_FOUND'
  | 'NOT_PARTICIPANT'
  | 'NOT_REOPENABLE'
  | 'NOT_REQUESTER'
  | 'NOT_RETURNED'
  | 'NOT_VOIDABLE'
  | 'NO_COVERING_LINE'
  | 'OPERATION_NOT_TRUSTED'
  | 'OPERATION_UNKNOWN'
  | 'PACKAGE_NOT_BALANCED'
  | 'PAGE_SIZE_INVALID'
  | 'PASSWORD_CHANGE_REQUIRED'
  | 'PASSWORD_WEAK'
  | 'PAYEE_BANK_INVALID'
  | 'PAYEE_COOLING'
  | 'PAYEE_DISABLED'
  | 'PAYEE_NAME_INVALID'
  | 'PAYEE_NOT_ENABLED'
  | 'PAYEE_NOT_REGISTERED'
  | 'PAYEE_NOT_THEIRS'
  | 'PAYEE_NUMBER_INVALID'
  | 'PAYMENT_ALREADY_EXPORTED'
  | 'PAYMENT_ALREADY_MADE'
  | 'PAYMENT_AMOUNT_MISMATCH'
  | 'PAYMENT_EXCEEDED'
  | 'PAYMENT_NOTHING_TO_EXPORT'
  | 'PAYMENT_REASON_REQUIRED'
  | 'PAYMENT_REFERENCE_REQUIRED'
  | 'PAYMENT_SEPARATION'
  | 'PAYMENT_STATE'
  | 'PAYMENT_TEXT_INVALID'
  | 'PAYMENT_UNDER_WAY'
  | 'PAYMENT_UNKNOWN'
  | 'PAYOUT_NEGATIVE'
  | 'PERFORMANCE_COEFFICIENT_TWICE'
  | 'PERFORMANCE_IMPORT_FILE'
  | 'PERFORMANCE_IMPORT_SOURCE'
  | 'PERFORMANCE_NO_FACTS'
  | 'PERFORMANCE_PERIOD_STATE'
  | 'PERFORMANCE_REASON'
  | 'PERFORMANCE_RULES_FAULT'
  | 'PERFORMANCE_RULES_OWN'
  | 'PERFORMANCE_RULES_VERSION'
  | 'PERFORMANCE_RULE_FAULT'
  | 'PERFORMANCE_RUN_STATE'
  | 'PERFORMANCE_WHAT_IF'
  | 'PERIOD_CLOSED'
  | 'PERMISSION_DENIED'
  | 'PERSISTED_QUERY_NOT_FOUND'
  | 'POLICY_ARCHIVE_DAMAGED'
  | 'POLICY_ARCHIVE_ENCRYPTED'
  | 'POLICY_CONTROL_UNKNOWN'
  | 'POLICY_CSV_CELLS'
  | 'POLICY_CSV_ENCODING'
  | 'POLICY_CSV_HEADER'
  | 'POLICY_CSV_SYNTAX'
  | 'POLICY_KEY_UNKNOWN'
  | 'POLICY_NOTHING_EARLIER'
  | 'POLICY_PACKAGE_EMPTY'
  | 'POLICY_PACKAGE_REFUSED'
  | 'POLICY_PACKAGE_UNKNOWN'
  | 'POLICY_REASON_NEEDED'
  | 'POLICY_ROWS_TWICE'
  | 'POLICY_ROW_DUPLICATE'
  | 'POLICY_SCENARIO_UNKNOWN'
  | 'POLICY_SHADOW_PERIOD'
  | 'POLICY_TABLE_COLUMNS'
  | 'POLICY_TABLE_FILE_NAME'
  | 'POLICY_TABLE_NOT_IN_FORCE'
  | 'POLICY_TABLE_UNKNOWN'
  | 'POLICY_TOO_MANY_ROWS'
  | 'POLICY_VALUE_NEGATIVE'
  | 'POLICY_VALUE_PRECISION'
  | 'POLICY_VALUE_TYPE'
  | 'POLICY_VERSION_REPLACED'
  | 'POLICY_VERSION_TAKEN'
  | 'PREFERENCE_MANDATORY'
  | 'PROXY_CANNOT_PASS_ON'
  | 'PROXY_EXPIRED'
  | 'PROXY_INVALID'
  | 'PROXY_TOO_LONG'
  | 'QUERY_TOO_COSTLY'
  | 'RATE_LIMITED'
  | 'RECEIPT_ALREADY_USED'
  | 'RECEIPT_BOMB'
  | 'RECEIPT_BOXES_OVERLAP'
  | 'RECEIPT_BOX_COUNT'
  | 'RECEIPT_BOX_INVALID'
  | 'RECEIPT_BUYER_NOT_US'
  | 'RECEIPT_CANNOT_BE_CUT'
  | 'RECEIPT_CAPTURE_DONE'
  | 'RECEIPT_COUNT_INVALID'
  | 'RECEIPT_DAMAGED'
  | 'RECEIPT_DATE_IN_FUTURE'
  | 'RECEIPT_EMPTY'
  | 'RECEIPT_ENCRYPTED'
  | 'RECEIPT_FIELD_NEEDED'
  | 'RECEIPT_FIELD_UNKNOWN'
  | 'RECEIPT_HAS_NO_PICTURE'
  | 'RECEIPT_HEIC'
  | 'RECEIPT_IN_USE'
  | 'RECEIPT_KIND_NOT_VERIFIABLE'
  | 'RECEIPT_LOOKS_ALIKE'
  | 'RECEIPT_NOT_AN_INVOICE'
  | 'RECEIPT_NOT_FAILED'
  | 'RECEIPT_NOT_READ_YET'
  | 'RECEIPT_NOT_RECOGNISED'
  | 'RECEIPT_ON_ANOTHER_ROW'
  | 'RECEIPT_ORIGINAL_GONE'
  | 'RECEIPT_PHOTO_BLURRED'
  | 'RECEIPT_PHOTO_CUT_OFF'
  | 'RECEIPT_PHOTO_DARK'
  | 'RECEIPT_QR_CONTRADICTS'
  | 'RECEIPT_QR_TOO_LONG'
  | 'RECEIPT_READ_CRASHED'
  | 'RECEIPT_READ_TIMEOUT'
  | 'RECEIPT_REASON_REQUIRED'
  | 'RECEIPT_RETRIED_TOO_OFTEN'
  | 'RECEIPT_ROW_HAS_NO_PLACE'
  | 'RECEIPT_ROW_UNKNOWN'
  | 'RECEIPT_SEARCH_TOO_LONG'
  | 'RECEIPT_SEVERAL'
  | 'RECEIPT_TOO_COMPLEX'
  | 'RECEIPT_TOO_LARGE'
  | 'RECEIPT_TOO_MANY_PAGES'
  | 'RECEIPT_TOO_MANY_PIXELS'
  | 'RECEIPT_TOO_NEW_TO_VERIFY'
  | 'RECEIPT_TOO_OLD_TO_VERIFY'
  | 'RECEIPT_TOO_SMALL'
  | 'RECEIPT_TYPE_UNSUPPORTED'
  | 'RECEIPT_UNSAFE_ARCHIVE'
  | 'RECEIPT_UNSAFE_XML'
  | 'RECEIPT_VALUE_INVALID'
  | 'RECEIPT_VERIFICATION_OFF'
  | 'RECEIPT_VERIFY_OWN'
  | 'REFERENCE_CELL_EMPTY'
  | 'REFERENCE_CELL_TYPE'
  | 'REFERENCE_FILE_EMPTY'
  | 'REFERENCE_IMPORT_REFUSED'
  | 'REFERENCE_KIND_UNKNOWN'
  | 'REFERENCE_VALIDITY'
  | 'REFRESH_REUSED'
  | 'REMIND_LIMIT'
  | 'REMIND_TOO_SOON'
  | 'REPORT_MONTH_OPEN'
  | 'REQUEST_NOT_USABLE'
  | 'ROLES_INCOMPATIBLE'
  | 'ROLE_PERIOD_INVALID'
  | 'ROLE_SCOPE_INVALID'
  | 'ROLE_SELF_GRANT'
  | 'ROSTER_COLUMNS_WRONG'
  | 'ROSTER_SHIFT_TWICE'
  | 'ROSTER_STAFF_UNKNOWN'
  | 'ROSTER_TIME_INVALID'
  | 'ROSTER_TOO_LARGE'
  | 'ROUTE_CONDITION_FAILED'
  | 'ROUTE_VALUE_MISSING'
  | 'SCENARIO_AFTER_POST_REVIEW'
  | 'SCENARIO_AMOUNT_MISSING'
  | 'SCENARIO_APPROVER_NOT_HELD'
  | 'SCENARIO_APPROVER_UNKNOWN'
  | 'SCENARIO_ARCHIVE_FORM_MISSING'
  | 'SCENARIO_ARCHIVE_UNKNOWN'
  | 'SCENARIO_BASE_MISSING'
  | 'SCENARIO_BRANCHES_EMPTY'
  | 'SCENARIO_BUDGET_CHARGE_MISSING'
  | 'SCENARIO_BUDGET_EVENT_NEVER'
  | 'SCENARIO_BUDGET_LINE_MISSING'
  | 'SCENARIO_BUDGET_UNENDED'
  | 'SCENARIO_CALCULATION_CYCLE'
  | 'SCENARIO_CALCULATION_UNKNOWN'
  | 'SCENARIO_CASE_UNROUTED'
  | 'SCENARIO_COLUMN_NESTED'
  | 'SCENARIO_CONDITION_NOT_ENUMERABLE'
  | 'SCENARIO_CONTROL_UNKNOWN'
  | 'SCENARIO_DATE_FORMAT'
  | 'SCENARIO_DUPLICATE'
  | 'SCENARIO_EDITOR_ABSENT'
  | 'SCENARIO_EXPRESSION'
  | 'SCENARIO_EXPRESSION_KIND'
  | 'SCENARIO_EXTRA_APPROVER_ABSENT'
  | 'SCENARIO_FIELD_TYPE'
  | 'SCENARIO_FIELD_UNKNOWN'
  | 'SCENARIO_FILE_MISSING'
  | 'SCENARIO_FILE_NAME'
  | 'SCENARIO_FILE_NOT_UTF8'
  | 'SCENARIO_FILE_TOO_LARGE'
  | 'SCENARIO_FILE_UNEXPECTED'
  | 'SCENARIO_FLOW_CYCLE'
  | 'SCENARIO_FUNCTION_AMBIGUOUS'
  | 'SCENARIO_FUNCTION_UNKNOWN'
  | 'SCENARIO_INCLUDE_CYCLE'
  | 'SCENARIO_INCLUDE_UNKNOWN'
  | 'SCENARIO_INCLUDE_WITHOUT_UNKNOWN'
  | 'SCENARIO_KEY_FORMAT'
  | 'SCENARIO_KEY_MISSING'
  | 'SCENARIO_KEY_UNKNOWN'
  | 'SCENARIO_LIST_EMPTY'
  | 'SCENARIO_LIST_TOO_LONG'
  | 'SCENARIO_LOCK_SCREEN_VALUE'
  | 'SCENARIO_MATRIX_MISPLACED'
  | 'SCENARIO_MATRIX_OPEN'
  | 'SCENARIO_MATRIX_UNKNOWN'
  | 'SCENARIO_NAME_NOT_READABLE'
  | 'SCENARIO_NAME_UNKNOWN'
  | 'SCENARIO_NODE_KEY_RESERVED'
  | 'SCENARIO_NODE_NEEDS_FIELD'
  | 'SCENARIO_NODE_UNKNOWN'
  | 'SCENARIO_NODE_UNREACHABLE'
  | 'SCENARIO_NOTHING_EARLIER'
  | 'SCENARIO_NOTIFICATION_UNKNOWN'
  | 'SCENARIO_NUMBER_RANGE'
  | 'SCENARIO_OPTION_UNKNOWN'
  | 'SCENARIO_PACKAGE_REFUSED'
  | 'SCENARIO_PACKAGE_TOO_LARGE'
  | 'SCENARIO_PACKAGE_UNKNOWN'
  | 'SCENARIO_PATH_MAY_BE_EMPTY'
  | 'SCENARIO_PATH_SELF_APPROVED'
  | 'SCENARIO_PATH_UNDECIDED'
  | 'SCENARIO_PROVIDER_UNKNOWN'
  | 'SCENARIO_RANGE_EMPTY'
  | 'SCENARIO_REQUESTER_EXCLUDED'
  | 'SCENARIO_SELF_APPROVAL'
  | 'SCENARIO_SYSTEM_DECIDES'
  | 'SCENARIO_TEXT_LENGTH'
  | 'SCENARIO_TIMEOUTS_ORDER'
  | 'SCENARIO_TIMEOUT_APPROVES'
  | 'SCENARIO_TOO_MANY_CASES'
  | 'SCENARIO_TOO_MANY_FILES'
  | 'SCENARIO_TOO_MANY_NODES'
  | 'SCENARIO_UNKNOWN'
  | 'SCENARIO_VALUE_TYPE'
  | 'SCENARIO_VALUE_UNKNOWN'
  | 'SCENARIO_VERSION_TAKEN'
  | 'SCENARIO_WINDOW_AMBIGUOUS'
  | 'SCENARIO_WINDOW_MISPLACED'
  | 'SCENARIO_YAML_ALIAS'
  | 'SCENARIO_YAML_DUPLICATE_KEY'
  | 'SCENARIO_YAML_KEY_NOT_TEXT'
  | 'SCENARIO_YAML_MANY_DOCUMENTS'
  | 'SCENARIO_YAML_NUMBER'
  | 'SCENARIO_YAML_SYNTAX'
  | 'SCENARIO_YAML_TAG'
  | 'SCENARIO_YAML_TOO_DEEP'
  | 'SCENARIO_YAML_TOO_MANY_VALUES'
  | 'SECOND_SEAT'
  | 'SELF_APPROVAL'
  | 'SELF_APPROVAL_PLANNED'
  | 'SEND_BACK_TARGET'
  | 'SESSION_ENDED'
  | 'SESSION_IDLE'
  | 'SNAPSHOT_STALE'
  | 'STEP_UP_AMOUNT'
  | 'STEP_UP_NEW_DEVICE'
  | 'STEP_UP_NEW_PAYEE'
  | 'STEP_UP_NOT_OPENED'
  | 'STEP_UP_PROOF_INVALID'
  | 'STEP_UP_REQUIRED'
  | 'STREAM_REQUIRED'
  | 'SUBSCRIBE_TEMPLATE_UNKNOWN'
  | 'SUBSCRIPTIONS_TOO_MANY'
  | 'TASK_ALREADY_DECIDED'
  | 'TASK_CLOSED'
  | 'TASK_NOT_FOUND'
  | 'TASK_NOT_YOUR_TURN'
  | 'TASK_TAKEN'
  | 'TASK_WITH_PROXY'
  | 'TELEMETRY_COUNT'
  | 'TELEMETRY_EVENT'
  | 'TEXT_INVALID'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_INVALID'
  | 'TOO_MANY_APPROVERS'
  | 'TOO_MANY_LINES'
  | 'TOO_MANY_NOTIFICATIONS'
  | 'TOO_MANY_RECIPIENTS'
  | 'TOO_MANY_WISHES'
  | 'UNAUTHENTICATED'
  | 'UPLOADS_TOO_MANY'
  | 'UPLOAD_CHUNK_DAMAGED'
  | 'UPLOAD_CHUNK_OUTSIDE'
  | 'UPLOAD_CHUNK_OVERLAPS'
  | 'UPLOAD_CHUNK_SIZE'
  | 'UPLOAD_ENDED'
  | 'UPLOAD_EXPIRED'
  | 'UPLOAD_HASH_INVALID'
  | 'UPLOAD_HASH_MISMATCH'
  | 'UPLOAD_INCOMPLETE'
  | 'UPLOAD_KIND_UNKNOWN'
  | 'VOUCHER_ACCOUNT_MISSING'
  | 'VOUCHER_OWN_WORK'
  | 'VOUCHER_SAME_PERSON'
  | 'VOUCHER_STATE'
  | 'VOUCHER_TEMPLATE_MISSING'
  | 'VOUCHER_UNBALANCED'
  | 'WEBHOOK_EVENT_REUSED'
  | 'WEBHOOK_MALFORMED'
  | 'WEBHOOK_SIGNATURE'
  | 'WEBHOOK_TOO_OLD'
  | 'WECHAT_NOT_BOUND'
  | 'WINDOW_NOT_OPEN'
  | 'WITHDRAW_TOO_LATE'
  | 'WRONG_TASK_KIND'
  | (string & {});

export interface EvidenceInput {
  name: string;
  value: string;
}

export type ExportMasking =
  | 'AGGREGATED'
  | 'DEIDENTIFIED'
  | 'PLAIN'
  | 'PSEUDONYMISED';

export interface ExportPaymentsInput {
  idempotencyKey: string;
  orderIds?: Array<string> | null;
  batchId?: string | null;
  fileFormat?: PaymentFileFormat;
  encoding?: PaymentFileEncoding;
  reason?: string;
}

export interface FieldCorrectionInput {
  name: string;
  value: string;
}

export type FieldProofCode =
  | 'ARITHMETIC'
  | 'BUYER_IS_US'
  | 'DATE_PLAUSIBLE'
  | 'FILE'
  | 'LINES'
  | 'NUMBER_GRAMMAR'
  | 'PRINTED_TWICE'
  | 'QR'
  | 'RATE'
  | 'SECOND_READER'
  | 'TAX_ID'
  | 'WORDS'
  | 'YEAR_IN_NUMBER'
  | (string & {});

export type FieldSource =
  | 'DERIVED'
  | 'EFILE'
  | 'OCR'
  | 'QR';

export type FieldState =
  | 'DOUBTFUL'
  | 'LIKELY'
  | 'MISSING'
  | 'PROVEN';

export interface FinalizeVoucherInput {
  idempotencyKey: string;
  voucherId: string;
}

export interface FindingFilterInput {
  controls?: Array<string>;
  severities?: Array<FindingSeverity>;
  departmentId?: string | null;
  since?: string | null;
  until?: string | null;
  openOnly?: boolean;
}

export interface FindingReasonInput {
  control: string;
  reason: string;
}

export type FindingSeverity =
  | 'BLOCK'
  | 'INFO'
  | 'REQUIRE_EXTRA_APPROVER'
  | 'REQUIRE_REASON'
  | 'WARN';

export type FunnelStepName =
  | 'DRAFT'
  | 'FIRST_DECISION'
  | 'PAID'
  | 'PHOTO'
  | 'READ'
  | 'SUBMITTED';

export interface GrantProxyInput {
  idempotencyKey: string;
  proxyId: string;
  startsAt: string;
  endsAt: string;
  scenarioCodes?: Array<string>;
  amountMax?: string | null;
  reason?: string;
}

export interface HandOverInput {
  idempotencyKey: string;
  staffId: string;
  successorId: string;
}

export interface ImportDutyRosterInput {
  idempotencyKey: string;
  csv: string;
}

export interface ImportIndicatorFactsInput {
  idempotencyKey: string;
  dataset: string;
  sourceSystem: string;
  text?: string | null;
}

export interface ImportPerformanceFactsInput {
  idempotencyKey: string;
  period: string;
  sourceSystem: string;
  text?: string | null;
  removeMissing?: boolean;
}

export interface ImportReferenceFactsInput {
  idempotencyKey: string;
  kind: string;
  source: string;
  csv?: string | null;
  validFrom?: string | null;
  dryRun?: boolean;
}

export interface ImportRulePackageInput {
  idempotencyKey: string;
  files?: Array<RuleFileInput> | null;
  dryRun?: boolean;
}

export interface ImportScenarioPackageInput {
  idempotencyKey: string;
  files: Array<PackageFileInput>;
  dryRun?: boolean;
}

export type IndicatorCause =
  | 'ADDED'
  | 'COUNTED_OTHERWISE'
  | 'EXCLUDED';

export type IndicatorDirection =
  | 'DOWN'
  | 'NEITHER'
  | 'UP';

export interface IndicatorExclusionInput {
  when: string;
  label?: string;
}

export interface IndicatorReplayInput {
  indicator: string;
  since: string;
  until: string;
  before?: number | null;
  after?: number | null;
  documentId?: string | null;
  departmentId?: string | null;
}

export interface IndicatorSourcesInput {
  indicator: string;
  month: string;
  departmentId?: string | null;
}

export type IndicatorSubject =
  | 'PEOPLE'
  | 'THINGS';

export type IndicatorThresholdSide =
  | 'ABOVE'
  | 'BELOW';

export type IndicatorUnit =
  | 'AMOUNT'
  | 'COUNT'
  | 'MEAN'
  | 'RATIO';

export type IndicatorValueState =
  | 'FAULT'
  | 'NO_DATA'
  | 'SHOWN'
  | 'TOO_FEW';

export interface LoanFilterInput {
  borrowerId?: string | null;
  departmentId?: string | null;
  openOnly?: boolean;
  overdueOnly?: boolean;
  dueBefore?: string | null;
}

export type LoanMovementKind =
  | 'OFFSET'
  | 'PAID_OUT'
  | 'REINSTATED'
  | 'REPAID'
  | 'TRANSFERRED'
  | 'WRITTEN_OFF';

export type Locale =
  | 'EN'
  | 'ZH';

export type LoginCodeOrigin =
  | 'MINI_PROGRAM'
  | 'PAGE';

export interface LoginInput {
  hospitalCode: string;
  loginName: string;
  password: string;
  device: DeviceInput;
}

export type LoginProvider =
  | 'DINGTALK'
  | 'WECHAT'
  | 'WECOM';

export interface LoginWithCodeInput {
  hospitalCode: string;
  code: string;
  device: DeviceInput;
  codeOrigin?: LoginCodeOrigin | null;
}

export interface MakeDataExportInput {
  idempotencyKey: string;
  documentId: string;
}

export interface MakeMonthlyReportInput {
  idempotencyKey: string;
  departmentId?: string | null;
  month: string;
}

export interface ManualVerificationInput {
  idempotencyKey: string;
  receiptId: string;
  outcome: VerificationOutcome;
  reason: string;
}

export interface MarkPerformancePaidInput {
  idempotencyKey: string;
  period: string;
}

export interface MarkReadInput {
  idempotencyKey: string;
  ids: Array<string>;
}

export type NotificationState =
  | 'ACTED'
  | 'EXPIRED'
  | 'LIVE'
  | 'READ'
  | 'SCHEDULED'
  | 'WITHDRAWN';

export interface ObjectInput {
  idempotencyKey: string;
  documentId: string;
  nodeKey: string;
  text: string;
}

export interface OpenPerformanceDisputeInput {
  idempotencyKey: string;
  payoutLineId: string;
  reason: string;
}

export interface OverrideFindingInput {
  idempotencyKey: string;
  findingId: string;
  reason: string;
}

export interface PackageFileInput {
  path: string;
  text: string;
}

export interface PassOnInput {
  idempotencyKey: string;
  taskId: string;
  to: string;
  comment?: string;
}

export type PayeeKind =
  | 'EXTERNAL'
  | 'STAFF'
  | 'SUPPLIER';

export type PaymentFileEncoding =
  | 'GB18030'
  | 'UTF_8';

export type PaymentFileFormat =
  | 'BANK'
  | 'CSV';

export interface PaymentOrderFilterInput {
  states?: Array<PaymentState> | null;
  documentId?: string | null;
}

export type PaymentOutcome =
  | 'FAILED'
  | 'PAID'
  | 'RETURNED'
  | 'SENT';

export type PaymentState =
  | 'CANCELLED'
  | 'DRAFT'
  | 'EXPORTED'
  | 'FAILED'
  | 'PAID'
  | 'READY'
  | 'RETURNED'
  | 'SENT';

export type PayoutLineKind =
  | 'AVERAGE'
  | 'CORRECTION'
  | 'DEDUCTION'
  | 'NIGHT_SHIFT'
  | 'PIECE'
  | 'SECONDARY';

export type PerformanceCalculationKind =
  | 'CALCULATE'
  | 'PUBLISH';

export type PerformanceCalculationState =
  | 'DONE'
  | 'QUEUED'
  | 'REFUSED'
  | 'RUNNING';

export type PerformanceCardKind =
  | 'COMPOSITION'
  | 'TREND';

export type PerformanceChangeCause =
  | 'COEFFICIENT'
  | 'CORRECTION'
  | 'FOLLOWS'
  | 'PRICE'
  | 'RULE_VERSION'
  | 'SHARED'
  | 'WORKLOAD';

export type PerformanceDisputeState =
  | 'ACCEPTED'
  | 'OPEN'
  | 'REJECTED'
  | 'SETTLED';

export type PerformancePeriodState =
  | 'CALCULATING'
  | 'DISTRIBUTING'
  | 'OPEN'
  | 'PAID'
  | 'PUBLICITY';

export type PerformanceRunState =
  | 'DRAFT'
  | 'FROZEN'
  | 'PUBLISHED'
  | 'SUPERSEDED';

export type PerformanceTermKind =
  | 'COEFFICIENT'
  | 'PART'
  | 'PRICE'
  | 'WORK';

export interface PeriodInput {
  since: string;
  until: string;
}

export type Permission =
  | 'ARCHIVE_BUILD'
  | 'ARCHIVE_VIEW'
  | 'AUDIT_EXPORT'
  | 'AUDIT_READ'
  | 'AUDIT_VERIFY'
  | 'BUDGET_ADJUST'
  | 'BUDGET_ALERT_RULES'
  | 'BUDGET_COMPILE'
  | 'BUDGET_VIEW_ALL'
  | 'BUDGET_VIEW_DEPARTMENT'
  | 'DATA_EXPORT'
  | 'DELEGATION_GRANT'
  | 'DOCUMENT_SUBMIT'
  | 'DOCUMENT_VIEW'
  | 'FINDING_OVERRIDE'
  | 'FINDING_VIEW'
  | 'INBOX_VIEW'
  | 'INDICATOR_VIEW'
  | 'LOGIN_UNLOCK'
  | 'OPERATOR_DELIVERIES'
  | 'OPERATOR_JOBS'
  | 'OPERATOR_SETTINGS'
  | 'ORGANIZATION_MANAGE'
  | 'PAYMENT_EXECUTE'
  | 'PERFORMANCE_CALCULATE'
  | 'PERFORMANCE_DISPUTE'
  | 'PERFORMANCE_DISTRIBUTE'
  | 'PERFORMANCE_PUBLISH'
  | 'PERFORMANCE_RESOLVE_DISPUTE'
  | 'PERFORMANCE_VIEW_ALL'
  | 'PERFORMANCE_VIEW_DEPARTMENT'
  | 'PERFORMANCE_VIEW_OWN'
  | 'POLICY_IMPORT'
  | 'POLICY_PUBLISH'
  | 'PROJECT_MANAGE'
  | 'RECEIPTS_ARCHIVE'
  | 'RECEIPTS_OVERRIDE'
  | 'RECEIPTS_UPLOAD'
  | 'RECEIPTS_VIEW'
  | 'REFERENCE_IMPORT'
  | 'ROLES_GRANT'
  | 'SCENARIO_IMPORT'
  | 'SCENARIO_PUBLISH'
  | 'SCENARIO_VIEW'
  | 'SECURITY_POLICY'
  | 'SESSIONS_REVOKE'
  | 'STAFF_DIRECTORY'
  | 'STAFF_MANAGE'
  | 'SUPPLIER_MANAGE'
  | 'TASK_DECIDE'
  | 'USERS_MANAGE'
  | 'VOUCHER_FINALIZE'
  | 'VOUCHER_VERIFY'
  | 'VOUCHER_VIEW'
  | (string & {});

export interface PlannedTransferInput {
  fromLineId: string;
  toLineId: string;
  amount: string;
}

export type Platform =
  | 'ANDROID'
  | 'DINGTALK'
  | 'HARMONY'
  | 'IOS'
  | 'WEB'
  | 'WECHAT'
  | 'WECOM';

export interface PolicyKeyInput {
  column: string;
  value: string;
}

export interface PrepareDecisionInput {
  link: string;
}

export interface ProposeIndicatorChangeInput {
  idempotencyKey: string;
  documentId: string;
  indicator: string;
  numerator: string;
  denominator?: string | null;
  exclusions?: Array<IndicatorExclusionInput>;
  effective: string;
  reason: string;
}

export interface ProposePerformanceRulesInput {
  idempotencyKey: string;
  rules: string;
  effectiveFrom: string;
}

export interface ProposeSecondaryDistributionInput {
  idempotencyKey: string;
  period: string;
  departmentId: string;
  method: SecondaryShareMethod;
  entries: Array<SecondaryEntryInput>;
  publicityDays?: number;
}

export interface ProveIdentityInput {
  taskId: string;
  snapshotHash: string;
  password: string;
}

export interface PublishPerformanceInput {
  idempotencyKey: string;
  period: string;
}

export interface PublishRulePackageInput {
  idempotencyKey: string;
  code: string;
  version: string;
  dryRun?: boolean;
}

export interface PublishScenarioInput {
  idempotencyKey: string;
  packageCode: string;
  version: string;
  codes?: Array<string> | null;
  dryRun?: boolean;
}

export type PushCadence =
  | 'DIGEST'
  | 'IMMEDIATE'
  | 'OFF';

export type PushChannel =
  | 'DINGTALK_CARD'
  | 'DINGTALK_TODO'
  | 'DINGTALK_WORK'
  | 'FCM'
  | 'SMS'
  | 'WEBHOOK'
  | 'WECHAT'
  | 'WECOM'
  | (string & {});

export interface ReadPerformanceDisputesInput {
  idempotencyKey: string;
  disputeId?: string | null;
  period?: string | null;
}

export interface ReceiptActionInput {
  idempotencyKey: string;
  receiptId: string;
}

export interface ReceiptBoxInput {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  page?: number;
}

export interface ReceiptFilterInput {
  kinds?: Array<ReceiptKind> | null;
  statuses?: Array<ReceiptStatus> | null;
  used?: boolean | null;
  issuedFrom?: string | null;
  issuedTo?: string | null;
  search?: string;
  discarded?: boolean;
}

export type ReceiptKind =
  | 'BUS'
  | 'DIGITAL_NORMAL'
  | 'DIGITAL_SPECIAL'
  | 'ITINERARY'
  | 'MACHINE_PRINTED'
  | 'MEDICAL'
  | 'MEDICAL_E'
  | 'NONTAX_E'
  | 'QUOTA'
  | 'RAIL_E'
  | 'RAIL_PAPER'
  | 'SHOP'
  | 'TAXI'
  | 'TOLL'
  | 'TOLL_E'
  | 'UNKNOWN'
  | 'VAT_E_NORMAL'
  | 'VAT_E_SPECIAL'
  | 'VAT_NORMAL'
  | 'VAT_ROLL'
  | 'VAT_SPECIAL'
  | (string & {});

export type ReceiptStatus =
  | 'CONFIRMED'
  | 'FAILED'
  | 'READ'
  | 'READING'
  | 'UPLOADED';

export type ReceiptTrace =
  | 'FACTS'
  | 'FILE'
  | 'IDENTITY'
  | 'PICTURE';

export interface RecordEventsInput {
  idempotencyKey: string;
  events: Array<TelemetryEventInput>;
}

export interface RecordPaymentResultInput {
  idempotencyKey: string;
  orderId: string;
  outcome: PaymentOutcome;
  amount: string;
  reference?: string;
  reason?: string;
}

export interface RecordSubscribeConsentInput {
  idempotencyKey: string;
  templateIds: Array<string>;
}

export interface RecuseInput {
  idempotencyKey: string;
  documentId: string;
  staffIds: Array<string>;
  comment: string;
}

export type ReferenceValueType =
  | 'BOOL'
  | 'DATE'
  | 'DECIMAL'
  | 'INT'
  | 'MONEY'
  | 'TEXT';

export interface RefreshSessionInput {
  refreshToken: string;
  installationId: string;
}

export interface RegisterEndpointInput {
  idempotencyKey: string;
  kind: EndpointKind;
  address: string;
  app?: string;
  locale?: Locale;
}

export interface RegisterPayeeAccountInput {
  idempotencyKey: string;
  kind: PayeeKind;
  accountNumber: string;
  bankName: string;
  bankCode?: string;
  supplierId?: string | null;
  holderName?: string;
}

export interface ReopenDocumentInput {
  idempotencyKey: string;
  documentId: string;
  values?: unknown | null;
  comment?: string;
  expectedVersion?: number | null;
  selected?: Array<SelectedApproversInput>;
  reasons?: Array<FindingReasonInput>;
}

export interface ReplayDeadLettersInput {
  idempotencyKey: string;
  filter: DeadLetterFilterInput;
  dryRun: boolean;
}

export type ReportBy =
  | 'DEPARTMENT'
  | 'EXPENSE_TYPE';

export type ResubmitPolicy =
  | 'FROM_START'
  | 'TO_RETURNER';

export interface RevokeProxyInput {
  idempotencyKey: string;
  proxyId: string;
}

export type Role =
  | 'AUDIT_ADMIN'
  | 'AUDIT_OFFICE'
  | 'BUDGET_OFFICE'
  | 'CAMPUS_HEAD'
  | 'CASHIER'
  | 'CHIEF_ACCOUNTANT'
  | 'CONSUMABLES_COMMITTEE'
  | 'DATA_OWNER'
  | 'DEPT_FINANCE_LIAISON'
  | 'DEPT_HEAD'
  | 'DISCIPLINE_OFFICE'
  | 'EMPLOYEE'
  | 'EQUIPMENT_OFFICE'
  | 'ETHICS_OFFICE'
  | 'FINANCE_HEAD'
  | 'FINANCE_REVIEW'
  | 'FUNCTIONAL_DEPT_HEAD'
  | 'HEAD_NURSE'
  | 'HR_OFFICE'
  | 'INFO_SECURITY'
  | 'IT_OFFICE'
  | 'LEGAL_OFFICE'
  | 'LOGISTICS_OFFICE'
  | 'MEDICAL_AFFAIRS'
  | 'NURSING_OFFICE'
  | 'PARTY_COMMITTEE'
  | 'PERFORMANCE_OFFICE'
  | 'PHARMACY_COMMITTEE'
  | 'PRESIDENT'
  | 'PRESIDENT_IN_CHARGE'
  | 'PRESIDENT_MEETING'
  | 'PRICE_OFFICE'
  | 'PROCUREMENT_OFFICE'
  | 'PROJECT_PI'
  | 'RESEARCH_OFFICE'
  | 'SEAL_KEEPER'
  | 'SECURITY_ADMIN'
  | 'SECURITY_OFFICE'
  | 'SYSTEM_ADMIN'
  | 'UNION_OFFICE'
  | 'WAREHOUSE_KEEPER'
  | (string & {});

export interface RollbackRulePackageInput {
  idempotencyKey: string;
  code: string;
  reason: string;
}

export interface RollbackScenarioInput {
  idempotencyKey: string;
  code: string;
  toVersion?: string | null;
}

export type RouteStatus =
  | 'INCLUDED'
  | 'SKIPPED'
  | 'UNDETERMINED';

export interface RuleFileInput {
  path: string;
  text: string;
}

export type RulePackageState =
  | 'IMPORTED'
  | 'PUBLISHED'
  | 'RETIRED'
  | 'SHADOW';

export interface RunShadowInput {
  idempotencyKey: string;
  code: string;
  version: string;
  days?: number | null;
}

export interface SaveDraftInput {
  idempotencyKey: string;
  documentId: string;
  scenarioCode: string;
  values: unknown;
  title?: string;
  expectedVersion?: number | null;
}

export type ScenarioChangeKind =
  | 'ADDED'
  | 'CHANGED'
  | 'MOVED'
  | 'REMOVED';

export type ScenarioGroup =
  | 'BUDGET'
  | 'CONTROL'
  | 'EXPENSE'
  | 'PEOPLE'
  | 'PROCUREMENT'
  | 'RESEARCH'
  | (string & {});

export type ScenarioState =
  | 'IMPORTED'
  | 'PUBLISHED'
  | 'RETIRED';

export type ScopeKind =
  | 'CAMPUS'
  | 'DEPARTMENT'
  | 'HOSPITAL'
  | 'OWN';

export type SecondaryDistributionState =
  | 'APPROVED'
  | 'PROPOSED'
  | 'PUBLICITY'
  | 'SUBMITTED'
  | 'WITHDRAWN';

export interface SecondaryEntryInput {
  staffId: string;
  weight: string;
  factor?: string;
  fixed?: string | null;
}

export type SecondaryShareMethod =
  | 'RATIO'
  | 'SCORE'
  | 'WORKLOAD';

export interface SelectedApproversInput {
  nodeKey: string;
  staffIds: Array<string>;
}

export interface SetCalendarDaysInput {
  idempotencyKey: string;
  days?: Array<CalendarDayInput>;
  csv?: string | null;
  usualAgain?: Array<string>;
}

export interface SetIndicatorThresholdInput {
  idempotencyKey: string;
  indicator: string;
  departmentId?: string | null;
  side: IndicatorThresholdSide;
  bound?: string | null;
}

export interface SetNotificationLimitsInput {
  idempotencyKey: string;
  ringsPerDay: number;
  digestsPerDay: number;
  repeatsMax: number;
  digestTimes: Array<number>;
  digestSize: number;
  quietFrom: number;
  quietUntil: number;
  mandatoryCategories: Array<string>;
  monthlyCalls: number;
  urgentReservePercent: number;
}

export interface SetWishesInput {
  idempotencyKey: string;
  wishes: Array<WishInput>;
}

export type ShadowChange =
  | 'APPEARS'
  | 'DISAPPEARS'
  | 'SEVERITY'
  | 'STAYS';

export type ShadowRunState =
  | 'DONE'
  | 'QUEUED'
  | 'RUNNING';

export type SignMode =
  | 'ALL'
  | 'ANY'
  | 'CLAIM'
  | 'NOTIFY'
  | 'SEQUENTIAL'
  | 'VOTE';

export interface SplitPhotoInput {
  idempotencyKey: string;
  receiptId: string;
  boxes: Array<ReceiptBoxInput>;
}

export interface StartCaptureInput {
  idempotencyKey: string;
  captureId: string;
  qrText?: string | null;
}

export type StepUpReason =
  | 'AMOUNT'
  | 'NEW_DEVICE'
  | 'NEW_PAYEE'
  | 'NOT_OPENED';

export interface SubmitDocumentInput {
  idempotencyKey: string;
  documentId: string;
  expectedVersion?: number | null;
  selected?: Array<SelectedApproversInput>;
  comment?: string;
  reasons?: Array<FindingReasonInput>;
}

export interface TaskCommentInput {
  idempotencyKey: string;
  taskId: string;
  comment?: string;
}

export interface TaskFilterInput {
  scenarioCodes?: Array<string>;
  amountMin?: string | null;
  amountMax?: string | null;
  overdueOnly?: boolean;
}

export interface TaskInput {
  idempotencyKey: string;
  taskId: string;
}

export type TaskKind =
  | 'CONSULT'
  | 'COPY'
  | 'DECIDE'
  | 'OBJECTION'
  | 'RESUBMIT';

export type TaskStatus =
  | 'CLOSED'
  | 'DECIDED'
  | 'PARKED'
  | 'PENDING'
  | 'READ'
  | 'TAKEN'
  | 'UNREAD'
  | 'WAITING';

export type TelemetryClient =
  | 'ANDROID'
  | 'DINGTALK'
  | 'H5'
  | 'HARMONY'
  | 'IOS'
  | 'WECHAT'
  | 'WECOM';

export interface TelemetryEventInput {
  name: TelemetryEventName;
  client: TelemetryClient;
  occurredAt: string;
  screen?: TelemetryScreen | null;
  scenarioCode?: string | null;
  fieldKey?: string | null;
  durationMs?: number | null;
  taps?: number | null;
}

export type TelemetryEventName =
  | 'FIELD_LEFT'
  | 'FIELD_REFUSED'
  | 'FORM_LEFT'
  | 'FORM_OPENED'
  | 'FORM_SENT'
  | 'PICTURE_RETAKEN'
  | 'QUEUED_OFFLINE'
  | 'SCREEN_OPENED';

export type TelemetryScreen =
  | 'BUDGET'
  | 'CAPTURE'
  | 'DOCUMENT'
  | 'FORM'
  | 'INBOX'
  | 'INDICATORS'
  | 'PERFORMANCE'
  | 'SETTINGS'
  | 'TODO'
  | 'WALLET';

export interface UnregisterEndpointInput {
  idempotencyKey: string;
  endpointId: string;
}

export interface UploadReceiptInput {
  idempotencyKey: string;
  receiptId?: string | null;
  captureId?: string | null;
  qrText?: string | null;
}

export type Urgency =
  | 'CRITICAL'
  | 'HIGH'
  | 'LOW'
  | 'NORMAL';

export type Verdict =
  | 'ABSTAINED'
  | 'APPROVED'
  | 'REJECTED'
  | 'SENT_BACK';

export type VerificationOutcome =
  | 'GENUINE'
  | 'LIMIT_REACHED'
  | 'MISMATCH'
  | 'NOT_FOUND'
  | 'RED_OR_VOID'
  | 'UNAVAILABLE';

export interface VerifyArchiveInput {
  idempotencyKey: string;
  bundleId: string;
}

export interface VerifyVoucherInput {
  idempotencyKey: string;
  voucherId: string;
  entries?: Array<VoucherEntryInput> | null;
}

export interface ViewStaffPerformanceInput {
  idempotencyKey: string;
  staffId: string;
  period: string;
  reason: string;
}

export interface VoucherEntryInput {
  half: VoucherHalfKind;
  side: VoucherSide;
  accountCode: string;
  accountName: string;
  amount: string;
  summary: string;
  position?: number | null;
  departmentId?: string | null;
  projectId?: string | null;
  fundSourceId?: string | null;
  departmentEconomicClassId?: string | null;
  governmentEconomicClassId?: string | null;
  functionClass?: string | null;
}

export type VoucherEvent =
  | 'APPROVED'
  | 'LOAN_OFFSET'
  | 'LOAN_PAID'
  | 'LOAN_RETURNED'
  | 'PAID'
  | 'REFUNDED';

export type VoucherHalfKind =
  | 'BUDGETARY'
  | 'FINANCIAL';

export type VoucherSide =
  | 'CREDIT'
  | 'DEBIT';

export type VoucherState =
  | 'DRAFT'
  | 'FINAL'
  | 'VERIFIED';

export type WaitingReason =
  | 'DECISION'
  | 'OVERDUE'
  | 'PAYMENT'
  | 'REQUESTER';

export interface WishInput {
  category: string;
  channel: PushChannel;
  cadence: PushCadence;
}

export interface WorkChangeInput {
  code: string;
  difference: string;
}

export interface WriteOffLoanInput {
  idempotencyKey: string;
  loanId: string;
  amount: string;
  decisionId: string;
  note: string;
}

export type ArchiveBundlePartsFragment = {
  id: string;
  documentId: string;
  sequence: number;
  manifestSha256: string;
  bundleSha256: string;
  sizeBytes: number;
  fileCount: number;
  builtAt: string;
  downloadPath: string;
  builtBy: {
    id: string;
    name: string;
  } | null;
  lacks: Array<ArchiveLackPartsFragment>;
};

export type ArchiveLackPartsFragment = {
  property: ArchiveProperty;
  code: string;
  path: string;
  element: string;
  message: string;
};

export type BudgetAlertPartsFragment = {
  id: string;
  period: string;
  levelPercent: number | null;
  exhaustionDay: string | null;
  budget: string;
  used: string;
  firedAt: string;
  acknowledgedAt: string | null;
  acknowledgement: string | null;
  lineName: string;
  documentNumber: string | null;
  acknowledgedBy: {
    id: string;
    name: string;
  } | null;
};

export type BudgetLinePartsFragment = {
  id: string;
  year: number;
  code: string;
  name: string;
  expenseType: string | null;
  firstDay: string;
  lastDay: string;
  parentId: string | null;
  controlMode: BudgetControlMode;
  checkWindow: BudgetCheckWindow;
  closed: boolean;
  approved: string;
  adjusted: string;
  frozen: string;
  occupied: string;
  executed: string;
  available: string;
  department: {
    id: string;
    name: string;
  } | null;
  owner: {
    id: string;
    name: string;
  } | null;
};

export type CapturePartsFragment = {
  captureId: string;
  stage: CaptureStage;
  queuePosition: number | null;
  pollAfterMs: number | null;
  canRetry: boolean;
  problem: {
    code: ErrorCode;
    message: string;
  } | null;
  receipt: (ReceiptBriefFragment & ReceiptFieldsFragment) | null;
};

export type DashboardBudgetPartsFragment = {
  total: string;
  frozen: string;
  occupied: string;
  executed: string;
  usedBasisPoints: number;
};

export type DataExportPartsFragment = {
  id: string;
  documentId: string;
  dataset: string;
  masking: ExportMasking;
  rows: number;
  people: number;
  fileSha256: string;
  watermark: string;
  madeAt: string;
  expiresAt: string;
  file: string | null;
};

export type DocumentBriefFragment = {
  id: string;
  number: string;
  scenarioCode: string;
  title: string;
  status: DocumentStatus;
  amount: string;
  version: number;
  snapshotHash: string | null;
  createdAt: string;
  submittedAt: string | null;
  finishedAt: string | null;
  requester: {
    id: string;
    name: string;
  } | null;
  department: {
    id: string;
    name: string;
  } | null;
};

export type DocumentOutcomeFragment = {
  document: DocumentBriefFragment | null;
  userErrors: Array<UserErrorPartsFragment>;
  replayed: boolean;
};

export type FiguresPartsFragment = {
  approved: string;
  adjusted: string;
  frozen: string;
  occupied: string;
  executed: string;
  available: string;
};

export type FindingPartsFragment = {
  id: string | null;
  control: string;
  controlName: string;
  stage: ControlStage;
  case: string;
  severity: FindingSeverity;
  path: string;
  message: string;
  evidence: Array<{
    name: string;
    text: string;
  }>;
  ruleVersion: string;
  unchecked: boolean;
  overridable: boolean;
  overridden: boolean;
  override: {
    reason: string;
    overriddenAt: string;
    overriddenBy: {
      id: string;
      name: string;
    } | null;
  } | null;
  reason: string | null;
  foundAt: string | null;
};

export type IndicatorDefinitionPartsFragment = {
  version: number;
  numerator: string;
  denominator: string | null;
  exclusions: Array<{
    when: string;
    label: string;
  }>;
  contentHash: string;
  validFrom: string | null;
  documentId: string | null;
};

export type IndicatorThresholdPartsFragment = {
  id: string;
  indicator: string;
  name: string;
  departmentId: string | null;
  side: IndicatorThresholdSide;
  bound: string;
  setAt: string;
  toldOfMonth: string | null;
};

export type IndicatorValuePartsFragment = {
  month: string;
  department: {
    id: string;
    code: string;
    name: string;
  } | null;
  state: IndicatorValueState;
  value: string | null;
  text: string | null;
  basisPoints: number | null;
  numerator: string | null;
  denominator: string | null;
  version: number;
  contentHash: string;
};

export type LoanPartsFragment = {
  id: string;
  documentId: string;
  number: string;
  principal: string;
  outstanding: string;
  held: string;
  paidOn: string;
  dueOn: string;
  overdue: boolean;
  settledAt: string | null;
  createdAt: string;
  borrower: {
    id: string;
    name: string;
  } | null;
  department: {
    id: string;
    name: string;
  } | null;
};

export type MonthlyReportPartsFragment = {
  id: string;
  month: string;
  edition: number;
  contentHash: string;
  madeAt: string;
  file: string;
  income: Array<{
    key: string;
    amount: string;
  }>;
  costs: Array<{
    key: string;
    amount: string;
  }>;
  indicators: Array<{
    code: string;
    name: string;
    state: string;
    text: string | null;
    version: number;
    contentHash: string;
  }>;
};

export type NotificationPartsFragment = {
  id: string;
  kind: string;
  category: string;
  urgency: Urgency;
  title: string;
  body: string;
  subjectType: string;
  subjectId: string;
  deepLink: string;
  ordinal: number;
  state: NotificationState;
  createdAt: string;
  readAt: string | null;
};

export type PagePartsFragment = {
  hasNextPage: boolean;
  endCursor: string | null;
};

export type PayeeAccountPartsFragment = {
  id: string;
  kind: PayeeKind;
  holder: string;
  number: string;
  bankName: string;
  registeredAt: string;
  enabledAt: string | null;
  disabledAt: string | null;
};

export type PaymentBatchPartsFragment = {
  id: string;
  number: string;
  fileFormat: PaymentFileFormat;
  encoding: PaymentFileEncoding;
  orderCount: number;
  total: string;
  sha256: string;
  copies: number;
  exportedAt: string;
  exportedBy: {
    id: string;
    name: string;
  } | null;
};

export type PaymentOrderOutcomeFragment = {
  paymentOrder: PaymentOrderPartsFragment | null;
  userErrors: Array<UserErrorPartsFragment>;
  replayed: boolean;
};

export type PaymentOrderPartsFragment = {
  id: string;
  number: string;
  documentId: string;
  amount: string;
  state: PaymentState;
  reference: string;
  reason: string;
  createdAt: string;
  changedAt: string;
  paidAt: string | null;
  returnedAt: string | null;
  payableFrom: string | null;
  payee: {
    id: string;
    kind: PayeeKind;
    holder: string;
    number: string;
    bankName: string;
  } | null;
};

export type PerformanceRunOutcomeFragment = {
  run: {
    id: string;
    sequence: number;
    state: PerformanceRunState;
    ruleVersion: string;
    inputHash: string | null;
    createdAt: string;
    publishedAt: string | null;
    packages: Array<{
      department: {
        id: string;
        name: string;
      } | null;
      amount: string | null;
    }>;
  } | null;
  calculation: {
    id: string;
    kind: PerformanceCalculationKind;
    state: PerformanceCalculationState;
  } | null;
  userErrors: Array<UserErrorPartsFragment>;
  replayed: boolean;
};

export type ProxyPartsFragment = {
  id: string;
  scenarioCodes: Array<string>;
  amountMax: string | null;
  reason: string;
  startsAt: string;
  endsAt: string;
  revokedAt: string | null;
  principal: {
    id: string;
    name: string;
  } | null;
  proxy: {
    id: string;
    name: string;
  } | null;
};

export type ReceiptBriefFragment = {
  id: string;
  status: ReceiptStatus;
  kind: ReceiptKind | null;
  kindLabel: string | null;
  originalName: string;
  contentType: string;
  sizeBytes: number;
  createdAt: string;
  readAt: string | null;
  pictureUrl: string | null;
  splitFrom: string | null;
  isCut: boolean;
  used: boolean;
  discardedAt: string | null;
  duplicates: Array<{
    trace: ReceiptTrace;
    certain: boolean;
    own: boolean;
    documentNumber: string | null;
    code: ErrorCode;
    message: string;
  }>;
  notices: Array<{
    code: ErrorCode;
    message: string;
  }>;
};

export type ReceiptFieldsFragment = {
  region: {
    page: number;
    x0: number;
    y0: number;
    x1: number;
    y1: number;
  } | null;
  parts: Array<{
    id: string;
    status: ReceiptStatus;
    kind: ReceiptKind | null;
  }>;
  verification: {
    id: string;
    outcome: VerificationOutcome | null;
    manual: boolean;
    reason: string | null;
    mismatched: Array<string>;
    attempts: number;
    requestedAt: string;
    finishedAt: string | null;
    verifiedBy: string | null;
  } | null;
  fields: Array<{
    name: string;
    label: string;
    value: string | null;
    readValue: string | null;
    state: FieldState;
    stateLabel: string;
    confidence: number;
    source: FieldSource | null;
    corrected: boolean;
    asked: boolean;
    box: {
      page: number;
      x0: number;
      y0: number;
      x1: number;
      y1: number;
    } | null;
    proofs: Array<{
      code: FieldProofCode;
      passed: boolean;
      label: string;
    }>;
    alternatives: Array<string>;
  }>;
};

export type ReceiptOutcomeFragment = {
  receipt: (ReceiptBriefFragment & ReceiptFieldsFragment) | null;
  userErrors: Array<UserErrorPartsFragment>;
  replayed: boolean;
};

export type RoutePartsFragment = {
  ruleVersion: string;
  routedAt: string | null;
  complete: boolean;
  steps: Array<{
    key: string;
    name: string;
    kind: ApprovalNodeKind;
    mode: SignMode;
    status: RouteStatus;
    reasons: Array<string>;
    people: Array<{
      why: string;
      weight: number;
      staff: {
        id: string;
        name: string;
      } | null;
    }>;
    conditions: Array<{
      text: string;
      values: string;
      decided: boolean;
    }>;
    nodeStatus: ApprovalNodeStatus | null;
    happened: Array<string>;
    asked: Array<{
      why: string;
      automatic: boolean;
      copied: boolean;
      staff: {
        id: string;
        name: string;
      } | null;
      principal: {
        id: string;
        name: string;
      } | null;
    }>;
    seats: Array<{
      status: TaskStatus;
      verdict: Verdict | null;
      openedAt: string | null;
      finishedAt: string | null;
      staff: {
        id: string;
        name: string;
      } | null;
      principal: {
        id: string;
        name: string;
      } | null;
    }>;
  }>;
  obstacles: Array<UserErrorPartsFragment>;
};

export type ScenarioReplayPartsFragment = {
  documents: number;
  reroutedTotal: number;
  rerouted: Array<{
    number: string;
    before: Array<string>;
    after: Array<string>;
  }>;
};

export type SessionOutcomeFragment = {
  session: {
    accessToken: string;
    accessExpiresAt: string;
    refreshToken: string;
    refreshExpiresAt: string;
    mustChangePassword: boolean;
  } | null;
  userErrors: Array<UserErrorPartsFragment>;
};

export type StaffBriefFragment = {
  id: string;
  name: string;
  employeeNumber: string;
  department: {
    id: string;
    name: string;
  } | null;
};

export type TaskPartsFragment = {
  id: string;
  kind: TaskKind;
  status: TaskStatus;
  nodeKey: string;
  claimed: boolean;
  verdict: Verdict | null;
  openedAt: string | null;
  dueAt: string | null;
  decidedAt: string | null;
  principal: {
    id: string;
    name: string;
  } | null;
  document: DocumentBriefFragment | null;
};

export type TodoCountsPartsFragment = {
  total: number;
  overdue: number;
  byKind: Array<{
    kind: TaskKind;
    number: number;
  }>;
  byScenario: Array<{
    scenarioCode: string;
    number: number;
  }>;
};

export type UserErrorPartsFragment = {
  code: ErrorCode;
  field: Array<string>;
  message: string;
  nextStep: string;
  retryable: boolean;
  control: string | null;
};

export type VoucherEntryPartsFragment = {
  position: number;
  half: VoucherHalfKind;
  side: VoucherSide;
  accountCode: string;
  accountName: string;
  amount: string;
  summary: string;
  documentLineId: string | null;
  functionClass: string | null;
  department: {
    id: string;
    code: string;
    name: string;
  } | null;
  project: {
    id: string;
    code: string;
    name: string;
  } | null;
  fundSource: {
    id: string;
    code: string;
    name: string;
  } | null;
  departmentEconomicClass: {
    id: string;
    code: string;
    name: string;
  } | null;
  governmentEconomicClass: {
    id: string;
    code: string;
    name: string;
  } | null;
};

export type VoucherPartsFragment = {
  id: string;
  event: VoucherEvent;
  sequence: number;
  dated: string;
  state: VoucherState;
  templateCode: string;
  templateVersion: string;
  needsConfirmation: boolean;
  unconfirmedAccounts: Array<string>;
  lacking: Array<string>;
  changes: unknown;
  createdAt: string;
  verifiedAt: string | null;
  finalizedAt: string | null;
  financial: {
    debit: string;
    credit: string;
    entries: Array<VoucherEntryPartsFragment>;
  };
  budgetary: {
    debit: string;
    credit: string;
    entries: Array<VoucherEntryPartsFragment>;
  };
  toConfirm: string;
  verifiedBy: {
    id: string;
    name: string;
  } | null;
  finalizedBy: {
    id: string;
    name: string;
  } | null;
};

export type AckAlertData = {
  ackAlert: {
    alert: BudgetAlertPartsFragment | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type AckAlertVariables = { input: AckAlertInput };
export const AckAlert: Operation<AckAlertData, AckAlertVariables> = {
  id: '2375312731dfde53ad7ac9fc58d6cbd7b705ce33adc24d0369ac2d9978a7e4b3',
  name: 'AckAlert', kind: 'mutation', keyed: true,
};

export type AddApproverData = {
  addApprover: DocumentOutcomeFragment;
};
export type AddApproverVariables = { input: AddApproverInput };
export const AddApprover: Operation<AddApproverData, AddApproverVariables> = {
  id: 'bdd633100f157c43ba33645146455388c334b216dbf37337054d2d636dc623cd',
  name: 'AddApprover', kind: 'mutation', keyed: true,
};

export type AddDecisionEvidenceData = {
  addDecisionEvidence: {
    position: number | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type AddDecisionEvidenceVariables = { input: AddDisputeEvidenceInput; file?: unknown | null };
export const AddDecisionEvidence: Operation<AddDecisionEvidenceData, AddDecisionEvidenceVariables> = {
  id: '42141a9c817613259d51785aa8095649b3fe139e61fd0d1b0fb3bb8ed0222b8a',
  name: 'AddDecisionEvidence', kind: 'mutation', keyed: true,
};

export type AddDisputeEvidenceData = {
  addDisputeEvidence: {
    position: number | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type AddDisputeEvidenceVariables = { input: AddDisputeEvidenceInput; file?: unknown | null };
export const AddDisputeEvidence: Operation<AddDisputeEvidenceData, AddDisputeEvidenceVariables> = {
  id: 'ce310adc33f2b879a9daa5d5a6c007702472c19a1d543b91aed1d4ced4fce982',
  name: 'AddDisputeEvidence', kind: 'mutation', keyed: true,
};

export type AdoptionData = {
  adoption: Array<{
    department: {
      id: string;
      code: string;
      name: string;
    } | null;
    staff: number | null;
    activePeople: number | null;
    acts: number | null;
    clients: Array<{
      client: TelemetryClient;
      events: number | null;
      people: number | null;
    }>;
  }>;
};
export type AdoptionVariables = { month: string };
export const Adoption: Operation<AdoptionData, AdoptionVariables> = {
  id: '82a69230ce969cb901b2f86a8618bb0e87171efc7cec755a2e0b212c29741280',
  name: 'Adoption', kind: 'query',
};

export type AlterDocumentData = {
  alterDocument: DocumentOutcomeFragment;
};
export type AlterDocumentVariables = { input: AlterDocumentInput };
export const AlterDocument: Operation<AlterDocumentData, AlterDocumentVariables> = {
  id: '341eb72367b421f3236d0b71a834cd863718e9d3abf9bf5e47645ac54f90848c',
  name: 'AlterDocument', kind: 'mutation', keyed: true,
};

export type AmendDocumentData = {
  amendDocument: DocumentOutcomeFragment;
};
export type AmendDocumentVariables = { input: AmendDocumentInput };
export const AmendDocument: Operation<AmendDocumentData, AmendDocumentVariables> = {
  id: '22da5a8eb18c29c1b632cdc3abc1be16ea731ff4dfc11213ab7fd524c1a40a9f',
  name: 'AmendDocument', kind: 'mutation', keyed: true,
};

export type AnnounceBudgetRoundData = {
  announceBudgetRound: {
    told: number | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type AnnounceBudgetRoundVariables = { input: AnnounceBudgetRoundInput };
export const AnnounceBudgetRound: Operation<AnnounceBudgetRoundData, AnnounceBudgetRoundVariables> = {
  id: '0bdc889fc90cf0663d5b03cdf363ad3f3be9849838b1b2b1cf60435c72145aa9',
  name: 'AnnounceBudgetRound', kind: 'mutation', keyed: true,
};

export type AnswerConsultData = {
  answerConsult: DocumentOutcomeFragment;
};
export type AnswerConsultVariables = { input: AnswerConsultInput };
export const AnswerConsult: Operation<AnswerConsultData, AnswerConsultVariables> = {
  id: '25b17c131340c7427461d606ad9e527b02ab8cee1e572d02ebfd8ec8e41e15b8',
  name: 'AnswerConsult', kind: 'mutation', keyed: true,
};

export type ApplyBudgetImportData = {
  applyBudgetImport: {
    budgetImport: {
      newLines: number;
      changedLines: number;
      removedLines: number;
      approvedChange: string;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type ApplyBudgetImportVariables = { input: ApplyBudgetImportInput; file?: unknown | null };
export const ApplyBudgetImport: Operation<ApplyBudgetImportData, ApplyBudgetImportVariables> = {
  id: '89e20dfbf4a391edaa545f7d808f64a6f807c62e4d347ada7c7d9428c0003fa1',
  name: 'ApplyBudgetImport', kind: 'mutation', keyed: true,
};

export type ApprovalEfficiencyData = {
  approvalEfficiency: Array<{
    key: string;
    label: string;
    withheld: boolean;
    decisions: number | null;
    elapsed: {
      median: number;
      p90: number;
    } | null;
    working: {
      median: number;
      p90: number;
    } | null;
    sentBack: number | null;
    sendBackRate: number | null;
  }>;
};
export type ApprovalEfficiencyVariables = { by: EfficiencyBy; period: PeriodInput; first: number; scenarioCode?: string | null };
export const ApprovalEfficiency: Operation<ApprovalEfficiencyData, ApprovalEfficiencyVariables> = {
  id: 'eae41c2d44b8e25e9d43652112089ed4db336df3133b5207618ec1a1f2a4db19',
  name: 'ApprovalEfficiency', kind: 'query',
};

export type ApprovePerformanceRulesData = {
  approvePerformanceRules: {
    ruleSet: {
      id: string;
      version: string;
      effectiveFrom: string;
      proposedAt: string;
      approvedAt: string | null;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type ApprovePerformanceRulesVariables = { input: ApprovePerformanceRulesInput };
export const ApprovePerformanceRules: Operation<ApprovePerformanceRulesData, ApprovePerformanceRulesVariables> = {
  id: 'a1071f4e16b51e062771982361b0639980324992487ce0ad285b1d02f1d6b6ea',
  name: 'ApprovePerformanceRules', kind: 'mutation', keyed: true,
};

export type ApproveSecondaryDistributionData = {
  approveSecondaryDistribution: {
    distribution: {
      id: string;
      method: SecondaryShareMethod;
      state: SecondaryDistributionState;
      sequence: number;
      people: number;
      objectionsUntil: string;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type ApproveSecondaryDistributionVariables = { input: ApproveSecondaryDistributionInput };
export const ApproveSecondaryDistribution: Operation<ApproveSecondaryDistributionData, ApproveSecondaryDistributionVariables> = {
  id: '3ea9fa62502da5543bd231436c070623018018a495a1abbc1ac7a8e4b3b9240e',
  name: 'ApproveSecondaryDistribution', kind: 'mutation', keyed: true,
};

export type ArchiveBundlesData = {
  archiveBundles: {
    edges: Array<{
      cursor: string;
      node: ArchiveBundlePartsFragment;
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type ArchiveBundlesVariables = { first: number; after?: string | null; documentId?: string | null };
export const ArchiveBundles: Operation<ArchiveBundlesData, ArchiveBundlesVariables> = {
  id: 'b12370b666b0060a0c94876aad0d0069f104876f49eea0d084e59ba9e64d07a9',
  name: 'ArchiveBundles', kind: 'query',
};

export type AskExceptionData = {
  askException: {
    findings: Array<FindingPartsFragment>;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type AskExceptionVariables = { input: AskExceptionInput };
export const AskException: Operation<AskExceptionData, AskExceptionVariables> = {
  id: 'fb0c529846165afe5edbc42b6776326ed07fee3258a153ed69f3503fc588380a',
  name: 'AskException', kind: 'mutation', keyed: true,
};

export type AssignTaskData = {
  assignTask: DocumentOutcomeFragment;
};
export type AssignTaskVariables = { input: AssignInput };
export const AssignTask: Operation<AssignTaskData, AssignTaskVariables> = {
  id: 'b289a97b5f0aa04678df468556e45a436f2bde697da5f72ebe0b0800f641f792',
  name: 'AssignTask', kind: 'mutation', keyed: true,
};

export type AttachReceiptsData = {
  attachReceipts: {
    document: (DocumentBriefFragment & {
      values: unknown;
    }) | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type AttachReceiptsVariables = { input: AttachReceiptsInput };
export const AttachReceipts: Operation<AttachReceiptsData, AttachReceiptsVariables> = {
  id: '4211eee9c6d1c46ae252e110d2344dbc9631042e19a36203f87a51afa7e55ba5',
  name: 'AttachReceipts', kind: 'mutation', keyed: true,
};

export type BatchDecideData = {
  batchDecide: {
    results: Array<{
      taskId: string;
      payload: DocumentOutcomeFragment;
    }>;
    accepted: number;
    userErrors: Array<UserErrorPartsFragment>;
  };
};
export type BatchDecideVariables = { input: BatchDecideInput };
export const BatchDecide: Operation<BatchDecideData, BatchDecideVariables> = {
  id: 'b428b8aae8328f4a844ec1f2eefad417ab75cee2a039d26cd915817c6a5eb019',
  name: 'BatchDecide', kind: 'mutation', keyed: true,
};

export type BindLoginData = {
  bindLogin: {
    done: boolean;
    userErrors: Array<UserErrorPartsFragment>;
  };
};
export type BindLoginVariables = { input: BindLoginInput };
export const BindLogin: Operation<BindLoginData, BindLoginVariables> = {
  id: '4788fe628b11ff79cc39246f8a0e8f2c15b383960277bc18532202e2461fccf6',
  name: 'BindLogin', kind: 'mutation',
};

export type BudgetAlertsData = {
  alerts: {
    edges: Array<{
      cursor: string;
      node: BudgetAlertPartsFragment;
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type BudgetAlertsVariables = { first: number; after?: string | null; openOnly?: boolean };
export const BudgetAlerts: Operation<BudgetAlertsData, BudgetAlertsVariables> = {
  id: '9bc16c0cd2fa484f7c8634f64d324c28e181410c99c450dc9489648adb07993d',
  name: 'BudgetAlerts', kind: 'query',
};

export type BudgetImpactData = {
  budgetImpact: {
    outcome: BudgetOutcome;
    uncovered: Array<string>;
    lines: Array<{
      lineId: string;
      name: string;
      outcome: BudgetOutcome;
      requested: string;
      held: string;
      before: FiguresPartsFragment;
      after: FiguresPartsFragment;
      availableBefore: string;
      availableAfter: string;
      usageAfterPercent: number;
      queue: {
        documents: number;
        amount: string;
      };
      exhaustionDay: string | null;
      lastYearExecuted: string | null;
    }>;
  };
};
export type BudgetImpactVariables = { lines: Array<BudgetChargeInput>; documentId?: string | null; requestId?: string | null };
export const BudgetImpact: Operation<BudgetImpactData, BudgetImpactVariables> = {
  id: '8d4bcee7e282b206a6384c2933144b23be04c019702709445ab561ac4ef83bc1',
  name: 'BudgetImpact', kind: 'query',
};

export type BudgetImportsData = {
  budgetImports: {
    edges: Array<{
      cursor: string;
      node: {
        id: string;
        year: number;
        fileName: string;
        fileSha256: string;
        digest: string;
        removeMissing: boolean;
        newLines: number;
        changedLines: number;
        removedLines: number;
        unchangedLines: number;
        approvedChange: string;
        importedAt: string;
        importedBy: {
          id: string;
          name: string;
        } | null;
      };
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type BudgetImportsVariables = { first: number; after?: string | null };
export const BudgetImports: Operation<BudgetImportsData, BudgetImportsVariables> = {
  id: '43c4bd7f5fff3a9f3129ad71235957dbd90d86abca8954f539ad4990a803d665',
  name: 'BudgetImports', kind: 'query',
};

export type BudgetLineData = {
  budgetLine: BudgetLinePartsFragment | null;
};
export type BudgetLineVariables = { id: string };
export const BudgetLine: Operation<BudgetLineData, BudgetLineVariables> = {
  id: '153d1d67c1f4d27751bc0038afdc500fa1184387cc4564043a559e30ae4493a9',
  name: 'BudgetLine', kind: 'query',
};

export type BudgetLineCardData = {
  budgetLine: {
    id: string;
    card: {
      png: string;
      width: number;
      height: number;
      alt: string;
    };
  } | null;
};
export type BudgetLineCardVariables = { id: string; theme: CardTheme };
export const BudgetLineCard: Operation<BudgetLineCardData, BudgetLineCardVariables> = {
  id: '81163ca398c8850c918dff06c34af00817bd22ec0c816e2f02cea9923a63a36c',
  name: 'BudgetLineCard', kind: 'query',
};

export type BudgetLineDrawingData = {
  budgetLine: {
    id: string;
    card: {
      svg: string;
      width: number;
      height: number;
      alt: string;
    };
  } | null;
};
export type BudgetLineDrawingVariables = { id: string; theme: CardTheme };
export const BudgetLineDrawing: Operation<BudgetLineDrawingData, BudgetLineDrawingVariables> = {
  id: '0171be431498430d9ba0b8c828d6b118a1ea83467db68b7392500e8d55bed91a',
  name: 'BudgetLineDrawing', kind: 'query',
};

export type BudgetLinesData = {
  budgetLines: {
    edges: Array<{
      cursor: string;
      node: BudgetLinePartsFragment;
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type BudgetLinesVariables = { first: number; after?: string | null; departmentId?: string | null; year?: number | null };
export const BudgetLines: Operation<BudgetLinesData, BudgetLinesVariables> = {
  id: 'b34d3f3294f31da9c5b89b0d820ba4f54070175ff3eff638436c1167e513e874',
  name: 'BudgetLines', kind: 'query',
};

export type BudgetSheetData = {
  budgetSheet: {
    name: string;
    mediaType: string;
    base64: string;
  };
};
export type BudgetSheetVariables = { format: BudgetSheetFormat; year?: number | null };
export const BudgetSheet: Operation<BudgetSheetData, BudgetSheetVariables> = {
  id: '8b1b50eeb478424ba0b20be0fb20e8998f93ca09bc1528ddca1e76a4fd084293',
  name: 'BudgetSheet', kind: 'query',
};

export type BudgetWhatIfData = {
  budgetWhatIf: {
    lines: Array<{
      lineId: string;
      name: string;
      before: FiguresPartsFragment;
      after: FiguresPartsFragment;
      short: string;
      pendingDocuments: number;
    }>;
    obstacles: Array<UserErrorPartsFragment>;
  };
};
export type BudgetWhatIfVariables = { lineIds: Array<string>; approvePending?: boolean; transfers?: Array<PlannedTransferInput> | null };
export const BudgetWhatIf: Operation<BudgetWhatIfData, BudgetWhatIfVariables> = {
  id: '3df8ccf197fcdfe4066603fe478241b578ac33f3a1d70d98aed53f2ffdded619',
  name: 'BudgetWhatIf', kind: 'query',
};

export type BuildArchiveData = {
  buildArchive: {
    bundle: ArchiveBundlePartsFragment | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type BuildArchiveVariables = { input: BuildArchiveInput };
export const BuildArchive: Operation<BuildArchiveData, BuildArchiveVariables> = {
  id: 'b211e5e3a797d61388de756a950bba457290b347d4f1faf53f85cb340b7c8a83',
  name: 'BuildArchive', kind: 'mutation', keyed: true,
};

export type CalculatePerformanceData = {
  calculatePerformance: PerformanceRunOutcomeFragment;
};
export type CalculatePerformanceVariables = { input: CalculatePerformanceInput };
export const CalculatePerformance: Operation<CalculatePerformanceData, CalculatePerformanceVariables> = {
  id: 'b9d23f17100e9d26e44485431daa514ebce49d65dabeac904b7e2a2a5d92852d',
  name: 'CalculatePerformance', kind: 'mutation', keyed: true,
};

export type CalendarDaysData = {
  calendarDays: Array<{
    day: string;
    name: string;
    shifts: Array<string>;
  }>;
};
export type CalendarDaysVariables = { year: number };
export const CalendarDays: Operation<CalendarDaysData, CalendarDaysVariables> = {
  id: '0aebde6e2f0d757a9d609b82a05c0c8664efdd5b6bc5acb4bd2dba0297024176',
  name: 'CalendarDays', kind: 'query',
};

export type CancelPaymentOrderData = {
  cancelPaymentOrder: PaymentOrderOutcomeFragment;
};
export type CancelPaymentOrderVariables = { input: CancelPaymentOrderInput };
export const CancelPaymentOrder: Operation<CancelPaymentOrderData, CancelPaymentOrderVariables> = {
  id: 'fbe764f4f95813438105085356ccae3a6d7b278fb2324d85546ff38b6022480e',
  name: 'CancelPaymentOrder', kind: 'mutation', keyed: true,
};

export type CaptureChangedData = {
  captureProgress: CapturePartsFragment;
};
export type CaptureChangedVariables = { captureId: string };
export const CaptureChanged: Operation<CaptureChangedData, CaptureChangedVariables> = {
  id: 'afe626819c102f702e135664cf535a7f87344319e355c76e81c0d59ff375cd50',
  name: 'CaptureChanged', kind: 'subscription',
};

export type CaptureProgressData = {
  captureProgress: CapturePartsFragment | null;
};
export type CaptureProgressVariables = { captureId: string };
export const CaptureProgress: Operation<CaptureProgressData, CaptureProgressVariables> = {
  id: 'c4f5e583585de1768ba715cba9c513125ff922c63ab49439f13d39e66aa2eb41',
  name: 'CaptureProgress', kind: 'query',
};

export type ChangePasswordData = {
  changePassword: {
    done: boolean;
    userErrors: Array<UserErrorPartsFragment>;
  };
};
export type ChangePasswordVariables = { input: ChangePasswordInput };
export const ChangePassword: Operation<ChangePasswordData, ChangePasswordVariables> = {
  id: '3f03851701c87a551c9aa3c44c79658e3a651da79b0eb24dff5a9c95b145ce58',
  name: 'ChangePassword', kind: 'mutation',
};

export type ChargeableLinesData = {
  chargeableLines: {
    edges: Array<{
      cursor: string;
      node: {
        id: string;
        code: string;
        name: string;
        expenseType: string | null;
      };
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type ChargeableLinesVariables = { first: number; after?: string | null; expenseType?: string | null };
export const ChargeableLines: Operation<ChargeableLinesData, ChargeableLinesVariables> = {
  id: 'b451a2ecdd6302ba1a3b99971509478db4089fffae2f352532d375f1feb9cbe1',
  name: 'ChargeableLines', kind: 'query',
};

export type ClaimTaskData = {
  claimTask: DocumentOutcomeFragment;
};
export type ClaimTaskVariables = { input: TaskInput };
export const ClaimTask: Operation<ClaimTaskData, ClaimTaskVariables> = {
  id: 'd8cbd568dfb00648475ea2cc80636b12ab43e3463de700edbc44e0a393b28203',
  name: 'ClaimTask', kind: 'mutation', keyed: true,
};

export type CloseRequestData = {
  closeRequest: DocumentOutcomeFragment;
};
export type CloseRequestVariables = { input: DocumentCommentInput };
export const CloseRequest: Operation<CloseRequestData, CloseRequestVariables> = {
  id: '032d48effedfd86e7666fa93c77eeec6f0e583575f5e2903954bb67ff8e70125',
  name: 'CloseRequest', kind: 'mutation', keyed: true,
};

export type CommentDocumentData = {
  commentDocument: DocumentOutcomeFragment;
};
export type CommentDocumentVariables = { input: CommentInput };
export const CommentDocument: Operation<CommentDocumentData, CommentDocumentVariables> = {
  id: 'a9a90d3c1c87fbc249615bb8d13e9e90f4205df29a45640a302c2692699e91ee',
  name: 'CommentDocument', kind: 'mutation', keyed: true,
};

export type ComparePeriodsData = {
  comparePeriods: {
    before: {
      period: string;
      firstDay: string;
      lastDay: string;
      state: PerformancePeriodState;
      publishedAt: string | null;
      disputesUntil: string | null;
      total: string;
    };
    after: {
      period: string;
      firstDay: string;
      lastDay: string;
      state: PerformancePeriodState;
      publishedAt: string | null;
      disputesUntil: string | null;
      total: string;
    };
    difference: string;
    changes: Array<{
      departmentName: string;
      ruleCode: string;
      ruleName: string;
      cause: PerformanceChangeCause;
      amount: string;
    }>;
  };
};
export type ComparePeriodsVariables = { before: string; after: string };
export const ComparePeriods: Operation<ComparePeriodsData, ComparePeriodsVariables> = {
  id: 'b02ea0457c0e1de92879696615bb88b8d38658dc2039a8d5509e7b2687d810f2',
  name: 'ComparePeriods', kind: 'query',
};

export type ConfirmActionData = {
  confirmAction: {
    done: boolean;
    userErrors: Array<UserErrorPartsFragment>;
  };
};
export type ConfirmActionVariables = { input: ConfirmActionInput };
export const ConfirmAction: Operation<ConfirmActionData, ConfirmActionVariables> = {
  id: 'b65920e7b9c523c5f9d35c318c749105d4752d5ad414dc3a972ebe83d4dd634a',
  name: 'ConfirmAction', kind: 'mutation',
};

export type ConfirmFieldsData = {
  confirmFields: ReceiptOutcomeFragment;
};
export type ConfirmFieldsVariables = { input: ConfirmReceiptInput };
export const ConfirmFields: Operation<ConfirmFieldsData, ConfirmFieldsVariables> = {
  id: 'fafb5e2655ad608c6bb4053a80207007f8a53e45b068bddd3998eb2e765ea24f',
  name: 'ConfirmFields', kind: 'mutation', keyed: true,
};

export type ConfirmReceiptData = {
  confirmReceipt: ReceiptOutcomeFragment;
};
export type ConfirmReceiptVariables = { input: ConfirmReceiptInput };
export const ConfirmReceipt: Operation<ConfirmReceiptData, ConfirmReceiptVariables> = {
  id: '3b7fe6a6bdc7b2850c98282b3c42eb25736f09114e1b2eaeae207ed02d2ea1a8',
  name: 'ConfirmReceipt', kind: 'mutation', keyed: true,
};

export type ConsultData = {
  consult: DocumentOutcomeFragment;
};
export type ConsultVariables = { input: ConsultInput };
export const Consult: Operation<ConsultData, ConsultVariables> = {
  id: 'bab4edfe0100a8c463d9632daf68f12ccd6e24ca745aee678407921744cb6af8',
  name: 'Consult', kind: 'mutation', keyed: true,
};

export type CopiedToMeData = {
  copiedToMe: {
    edges: Array<{
      cursor: string;
      node: TaskPartsFragment;
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type CopiedToMeVariables = { first: number; after?: string | null; unreadOnly?: boolean };
export const CopiedToMe: Operation<CopiedToMeData, CopiedToMeVariables> = {
  id: 'f5ad14b77a64b39cee6541056a7b74a888e64ba7fec295e6b8633cf958b97db3',
  name: 'CopiedToMe', kind: 'query',
};

export type CopyDocumentData = {
  copyDocument: DocumentOutcomeFragment;
};
export type CopyDocumentVariables = { input: CopyInput };
export const CopyDocument: Operation<CopyDocumentData, CopyDocumentVariables> = {
  id: 'e6872f4e1e9f2a89d052d2c8f514b5acfbe9ef003220e66142c06e5c83d24156',
  name: 'CopyDocument', kind: 'mutation', keyed: true,
};

export type DataExportsData = {
  dataExports: Array<DataExportPartsFragment>;
};
export type DataExportsVariables = { first: number };
export const DataExports: Operation<DataExportsData, DataExportsVariables> = {
  id: '55802920038ddbb1c6bfd4a5d7351b77f17fc3df4f850db973309298beee2457',
  name: 'DataExports', kind: 'query',
};

export type DecideByTokenData = {
  decideByToken: DocumentOutcomeFragment;
};
export type DecideByTokenVariables = { input: DecideByTokenInput };
export const DecideByToken: Operation<DecideByTokenData, DecideByTokenVariables> = {
  id: 'c0917aa7e042e4aad445daa8255a150b462bf8541d73509ab801e69b9fd26403',
  name: 'DecideByToken', kind: 'mutation', keyed: true,
};

export type DecidePerformanceDisputeData = {
  decidePerformanceDispute: {
    disputeId: string | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type DecidePerformanceDisputeVariables = { input: DecidePerformanceDisputeInput };
export const DecidePerformanceDispute: Operation<DecidePerformanceDisputeData, DecidePerformanceDisputeVariables> = {
  id: 'a554d7bf1bffc9949dd8fe8d9405dc487bc436349d56a26de4a286abdfed0955',
  name: 'DecidePerformanceDispute', kind: 'mutation', keyed: true,
};

export type DecideTaskData = {
  decideTask: DocumentOutcomeFragment;
};
export type DecideTaskVariables = { input: DecideTaskInput };
export const DecideTask: Operation<DecideTaskData, DecideTaskVariables> = {
  id: '42b52d707733e4deda205ea574060e2bbe90f15b08e061d6bb1befb4a985daf8',
  name: 'DecideTask', kind: 'mutation', keyed: true,
};

export type DelegateTaskData = {
  delegateTask: DocumentOutcomeFragment;
};
export type DelegateTaskVariables = { input: PassOnInput };
export const DelegateTask: Operation<DelegateTaskData, DelegateTaskVariables> = {
  id: 'e4a63910adc50e3c538f292e79f9640c4c2ed8e009c61798a4ea385c8e1eb12a',
  name: 'DelegateTask', kind: 'mutation', keyed: true,
};

export type DeliveriesData = {
  deliveries: {
    edges: Array<{
      cursor: string;
      node: {
        id: string;
        channel: PushChannel;
        step: number;
        state: DeliveryState;
        code: string;
        attempts: number;
        createdAt: string;
        sentAt: string | null;
      };
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type DeliveriesVariables = { first: number; after?: string | null; state: DeliveryState; channel?: PushChannel | null };
export const Deliveries: Operation<DeliveriesData, DeliveriesVariables> = {
  id: '8c5c4cb7a9551bba82c6b1b4e74b361387a9c45b7f52e92443db4c87033f86c5',
  name: 'Deliveries', kind: 'query',
};

export type DeliveryReportData = {
  deliveryReport: {
    funnel: Array<{
      channel: PushChannel;
      kind: string;
      created: number;
      sent: number;
      confirmed: number;
      read: number;
      acted: number;
      dead: number;
    }>;
    channels: Array<{
      channel: PushChannel;
      waiting: number;
      oldestWaitingAt: string | null;
      attempts: number;
      rateLimited: number;
      pausedUntil: string | null;
      pauseReason: string;
    }>;
    calls: Array<{
      provider: string;
      callsThisMonth: number;
    }>;
    permitsLeft: number;
  };
};
export type DeliveryReportVariables = { days: number };
export const DeliveryReport: Operation<DeliveryReportData, DeliveryReportVariables> = {
  id: '038580742b15de48e533e3dd7149fe887604a16138f2aade738ab789ea62ec87',
  name: 'DeliveryReport', kind: 'query',
};

export type DepartmentDashboardData = {
  departmentDashboard: {
    department: {
      id: string;
      code: string;
      name: string;
    };
    month: string;
    income: Array<{
      key: string;
      amount: string;
    }> | null;
    costs: Array<{
      key: string;
      amount: string;
    }> | null;
    personnel: string | null;
    result: string | null;
    budget: DashboardBudgetPartsFragment | null;
    papers: Array<{
      documentId: string;
      number: string;
      title: string;
      executed: string;
    }>;
    indicators: Array<{
      indicator: string;
      name: string;
      value: IndicatorValuePartsFragment;
    }>;
    withheld: Array<DashboardSection>;
  };
};
export type DepartmentDashboardVariables = { departmentId: string; month: string; first: number };
export const DepartmentDashboard: Operation<DepartmentDashboardData, DepartmentDashboardVariables> = {
  id: '7a1b0e7fb727fe4bb4961874baa8d36a0abee2c2aa3efc33b638f9d23848db6d',
  name: 'DepartmentDashboard', kind: 'query',
};

export type DetachReceiptData = {
  detachReceipt: {
    document: (DocumentBriefFragment & {
      values: unknown;
    }) | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type DetachReceiptVariables = { input: DetachReceiptInput };
export const DetachReceipt: Operation<DetachReceiptData, DetachReceiptVariables> = {
  id: 'a238c240bd769a2b84ef5455d6c2a2110266579b868ba1fc361b9410a89b2feb',
  name: 'DetachReceipt', kind: 'mutation', keyed: true,
};

export type DiffRulePackageData = {
  diffRulePackage: Array<{
    line: string;
  }>;
};
export type DiffRulePackageVariables = { code: string; version: string };
export const DiffRulePackage: Operation<DiffRulePackageData, DiffRulePackageVariables> = {
  id: '065d3e461ba15ddf10569031abb348249dc7a119162f658fa90374faabd67a38',
  name: 'DiffRulePackage', kind: 'query',
};

export type DiffScenarioData = {
  diffScenario: Array<{
    kind: ScenarioChangeKind;
    path: string;
    before: unknown | null;
    after: unknown | null;
    line: string;
  }>;
};
export type DiffScenarioVariables = { code: string; from: string; to: string };
export const DiffScenario: Operation<DiffScenarioData, DiffScenarioVariables> = {
  id: 'a105d28d5e1e463bd9157f98d3e5c379b7d695710a86c7543af2155b1f735470',
  name: 'DiffScenario', kind: 'query',
};

export type DiscardReceiptData = {
  discardReceipt: ReceiptOutcomeFragment;
};
export type DiscardReceiptVariables = { input: ReceiptActionInput };
export const DiscardReceipt: Operation<DiscardReceiptData, DiscardReceiptVariables> = {
  id: '8d1d651451b2944acb3341c8c236652ae97be93aa0ab1006743b4dc5ed63da6b',
  name: 'DiscardReceipt', kind: 'mutation', keyed: true,
};

export type DocumentData = {
  document: (DocumentBriefFragment & {
    scenarioVersion: string;
    lines: Array<{
      id: string;
      position: number;
      description: string;
      expenseType: string;
      amount: string;
      budgetLineId: string | null;
      receiptIds: Array<string>;
    }>;
    deductions: Array<{
      description: string;
      path: string;
      claimed: string;
      deducted: string;
      approved: string;
      reason: string;
    }>;
    values: unknown;
    request: {
      approved: string;
      converted: string;
      remaining: string;
      claimed: string;
      claims: number;
    } | null;
    findings: Array<FindingPartsFragment>;
    route: Array<{
      key: string;
      name: string;
      kind: ApprovalNodeKind | null;
      mode: SignMode;
      status: ApprovalNodeStatus;
      openedAt: string | null;
      closedAt: string | null;
    }>;
    progress: {
      holdings: Array<{
        taskId: string;
        nodeKey: string;
        nodeName: string;
        since: string | null;
        dueAt: string | null;
        overdue: boolean;
        workingMinutes: number;
        holder: StaffBriefFragment | null;
        principal: {
          id: string;
          name: string;
        } | null;
      }>;
      stepsDone: number;
      stepsTotal: number;
      slaHours: number;
      slaDueAt: string | null;
      slaBroken: boolean;
      workingMinutes: number;
    } | null;
    pendingTasks: Array<{
      id: string;
      kind: TaskKind;
      status: TaskStatus;
      nodeKey: string;
      claimed: boolean;
      openedAt: string | null;
      dueAt: string | null;
      assignee: {
        id: string;
        name: string;
      } | null;
    }>;
    myPayments: Array<PaymentOrderPartsFragment>;
  }) | null;
};
export type DocumentVariables = { id: string };
export const Document: Operation<DocumentData, DocumentVariables> = {
  id: '1037d647e02bb2ea5a4ccf2b312ac00345f963775679f090eb81b3c05ce27200',
  name: 'Document', kind: 'query',
};

export type DoneData = {
  done: {
    edges: Array<{
      cursor: string;
      node: TaskPartsFragment;
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type DoneVariables = { first: number; after?: string | null; filter?: TaskFilterInput | null };
export const Done: Operation<DoneData, DoneVariables> = {
  id: '97fa8a650eacf4735ec05c9f364e615531fc2203265ea0d9f6e51a934da8fcb7',
  name: 'Done', kind: 'query',
};

export type ExecutionReportData = {
  executionReport: Array<{
    key: string;
    name: string;
    lines: number;
    figures: FiguresPartsFragment;
    executedPercent: number;
    byMonth: Array<{
      month: number;
      amount: string;
    }>;
  }>;
};
export type ExecutionReportVariables = { by: ReportBy; year?: number | null };
export const ExecutionReport: Operation<ExecutionReportData, ExecutionReportVariables> = {
  id: '84c7e0a69b973faa08a9e64af13e6f7f4bc7205397094a0e7db861cdd5772610',
  name: 'ExecutionReport', kind: 'query',
};

export type ExplainPayoutLineData = {
  explainPayoutLine: {
    period: {
      period: string;
      firstDay: string;
      lastDay: string;
      state: PerformancePeriodState;
      publishedAt: string | null;
      disputesUntil: string | null;
      total: string;
    };
    line: {
      id: string;
      departmentName: string;
      kind: PayoutLineKind;
      ruleCode: string;
      ruleVersion: string;
      ruleName: string;
      amount: string;
      explanation: unknown;
      work: Array<{
        code: string;
        quantity: string;
        occurredOn: string;
        sourceSystem: string;
        sourceRow: string;
      }>;
      workRows: number;
      sources: Array<{
        documentNumber: string;
        executed: string | null;
      }>;
    };
    ruleWords: string | null;
    formula: string | null;
    terms: Array<{
      name: string;
      label: string;
      value: string;
      kind: PerformanceTermKind | null;
    }>;
    facts: Array<{
      code: string;
      quantity: string;
      occurredOn: string;
      sourceSystem: string;
      sourceRow: string;
    }>;
    factCount: number;
  };
};
export type ExplainPayoutLineVariables = { payoutLineId: string; first: number };
export const ExplainPayoutLine: Operation<ExplainPayoutLineData, ExplainPayoutLineVariables> = {
  id: 'c20d5f648f53f1a6ff55f58694275b864d9307868f0621595fd8f963dca2b5a9',
  name: 'ExplainPayoutLine', kind: 'query',
};

export type ExplainRouteData = {
  explainRoute: RoutePartsFragment;
};
export type ExplainRouteVariables = { documentId: string };
export const ExplainRoute: Operation<ExplainRouteData, ExplainRouteVariables> = {
  id: '56d10e5922e2f9d371e82f78ab08978e26b35cd005ab11c4b8fbe80cda8a6b9d',
  name: 'ExplainRoute', kind: 'query',
};

export type ExportPaymentsData = {
  exportPayments: {
    batch: PaymentBatchPartsFragment | null;
    file: {
      name: string;
      contentBase64: string;
      sha256: string;
      count: number;
      total: string;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type ExportPaymentsVariables = { input: ExportPaymentsInput };
export const ExportPayments: Operation<ExportPaymentsData, ExportPaymentsVariables> = {
  id: '679efb9a4ba7807e236dbf444a34ffe723db4297b15a25b90e4f0cc3507f0e48',
  name: 'ExportPayments', kind: 'mutation', keyed: true,
};

export type FinalizeVoucherData = {
  finalizeVoucher: {
    voucher: VoucherPartsFragment | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type FinalizeVoucherVariables = { input: FinalizeVoucherInput };
export const FinalizeVoucher: Operation<FinalizeVoucherData, FinalizeVoucherVariables> = {
  id: '89299ea67a195d018eb764bce8d438d4756fa72048ed65bebcc7475c00dd102b',
  name: 'FinalizeVoucher', kind: 'mutation', keyed: true,
};

export type FindingsData = {
  findings: {
    edges: Array<{
      cursor: string;
      node: (FindingPartsFragment & {
        documentId: string;
        documentNumber: string;
      });
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type FindingsVariables = { first: number; after?: string | null; filter?: FindingFilterInput | null };
export const Findings: Operation<FindingsData, FindingsVariables> = {
  id: 'c7b2d400877dd1ce4cb5ca5f100642c53470707b54b0420caeffae7400d5f80e',
  name: 'Findings', kind: 'query',
};

export type FormFrictionData = {
  formFriction: Array<{
    fieldKey: string;
    people: number;
    left: number;
    refused: number;
    abandoned: number;
    medianMs: number | null;
  }>;
};
export type FormFrictionVariables = { scenarioCode: string; month: string };
export const FormFriction: Operation<FormFrictionData, FormFrictionVariables> = {
  id: 'e17b420bad838dd3678b987d184781603fd32d28325f0bafcdd30cfabda787fc',
  name: 'FormFriction', kind: 'query',
};

export type FormSuggestionsData = {
  formSuggestions: unknown;
};
export type FormSuggestionsVariables = { documentId: string };
export const FormSuggestions: Operation<FormSuggestionsData, FormSuggestionsVariables> = {
  id: 'd4a0d190de6e66d5fdacb40aa78fdeb236282fe8e9ee73cef776eff040e70b02',
  name: 'FormSuggestions', kind: 'query',
};

export type FunnelData = {
  funnel: Array<{
    department: {
      id: string;
      code: string;
      name: string;
    } | null;
    steps: Array<{
      step: FunnelStepName;
      things: number | null;
      people: number | null;
    }>;
  }>;
};
export type FunnelVariables = { month: string; scenarioCode?: string | null };
export const Funnel: Operation<FunnelData, FunnelVariables> = {
  id: 'aa7f72b0b3427cada5f6da7c86e87614ddd8fdcbd75d73ebb2e75a30699439ad',
  name: 'Funnel', kind: 'query',
};

export type GrantProxyData = {
  grantProxy: {
    proxy: ProxyPartsFragment | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type GrantProxyVariables = { input: GrantProxyInput };
export const GrantProxy: Operation<GrantProxyData, GrantProxyVariables> = {
  id: '0c5c9cbb05584f4ce831d49db7f39a0a64851c53dbac1a538e9391c996654ea0',
  name: 'GrantProxy', kind: 'mutation', keyed: true,
};

export type HandOverTasksData = {
  handOverTasks: {
    approvals: number | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type HandOverTasksVariables = { input: HandOverInput };
export const HandOverTasks: Operation<HandOverTasksData, HandOverTasksVariables> = {
  id: '73f3067e0c6c45a0a6f6dd38a0f4df4338e70e4ff6b4596bd7abf07a24327367',
  name: 'HandOverTasks', kind: 'mutation', keyed: true,
};

export type HospitalDashboardData = {
  hospitalDashboard: {
    month: string;
    departments: Array<{
      department: {
        id: string;
        code: string;
        name: string;
      };
      income: string | null;
      cost: string | null;
      budget: DashboardBudgetPartsFragment | null;
    }>;
    indicators: Array<{
      indicator: string;
      name: string;
      value: IndicatorValuePartsFragment;
    }>;
  };
};
export type HospitalDashboardVariables = { month: string };
export const HospitalDashboard: Operation<HospitalDashboardData, HospitalDashboardVariables> = {
  id: '7ea19bdabc81521fdfe2a725ffa4cf86f00c6f45ff7628dd8696a8bd4cb489cc',
  name: 'HospitalDashboard', kind: 'query',
};

export type ImportDutyRosterData = {
  importDutyRoster: {
    shifts: number | null;
    people: number | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type ImportDutyRosterVariables = { input: ImportDutyRosterInput };
export const ImportDutyRoster: Operation<ImportDutyRosterData, ImportDutyRosterVariables> = {
  id: '5a655d5af91687479ac423b0f4c314a4073973cd588b0d36fdc4d37955638e29',
  name: 'ImportDutyRoster', kind: 'mutation', keyed: true,
};

export type ImportIndicatorFactsData = {
  importIndicatorFacts: {
    indicatorImport: {
      id: string;
      dataset: string;
      sourceSystem: string;
      fileName: string;
      fileSha256: string;
      added: number;
      changed: number;
      unchanged: number;
      importedAt: string;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type ImportIndicatorFactsVariables = { input: ImportIndicatorFactsInput; file?: unknown | null };
export const ImportIndicatorFacts: Operation<ImportIndicatorFactsData, ImportIndicatorFactsVariables> = {
  id: '056a378169070f29c806682ac8ac73404bcc3368ab7d98916027f6a6619bdc99',
  name: 'ImportIndicatorFacts', kind: 'mutation', keyed: true,
};

export type ImportPerformanceFactsData = {
  importPerformanceFacts: {
    performanceImport: {
      id: string;
      sequence: number;
      sourceSystem: string;
      fileName: string;
      fileSha256: string;
      added: number;
      changed: number;
      withdrawn: number;
      unchanged: number;
      importedAt: string;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type ImportPerformanceFactsVariables = { input: ImportPerformanceFactsInput; file?: unknown | null };
export const ImportPerformanceFacts: Operation<ImportPerformanceFactsData, ImportPerformanceFactsVariables> = {
  id: 'a5bbdaa3dcaaebd3261b060451c6ad8245618b3785fa170ab9cb6fb6c553ea1d',
  name: 'ImportPerformanceFacts', kind: 'mutation', keyed: true,
};

export type ImportReferenceFactsData = {
  importReferenceFacts: {
    preview: {
      rows: number;
      added: number;
      changed: number;
      unchanged: number;
      imported: boolean;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type ImportReferenceFactsVariables = { input: ImportReferenceFactsInput; file?: unknown | null };
export const ImportReferenceFacts: Operation<ImportReferenceFactsData, ImportReferenceFactsVariables> = {
  id: '994c0b9acb3e6a94bf494827150c76dd1ad28995c805b4b3e351eaab4fc97b02',
  name: 'ImportReferenceFacts', kind: 'mutation', keyed: true,
};

export type ImportRulePackageData = {
  importRulePackage: {
    code: string | null;
    version: string | null;
    tables: number;
    imported: boolean;
    changes: Array<{
      line: string;
    }>;
    userErrors: Array<UserErrorPartsFragment>;
  };
};
export type ImportRulePackageVariables = { input: ImportRulePackageInput; file?: unknown | null };
export const ImportRulePackage: Operation<ImportRulePackageData, ImportRulePackageVariables> = {
  id: '5c13215ee458640f31dc2605a073559406e2640bae756837da27f615096a3c3b',
  name: 'ImportRulePackage', kind: 'mutation', keyed: true,
};

export type ImportScenarioPackageData = {
  importScenarioPackage: {
    report: {
      packageCode: string;
      version: string;
      scenarios: number;
      controls: number;
      fields: number;
      nodes: number;
      cases: number;
      paths: number;
    } | null;
    imported: boolean;
    changes: Array<string>;
    replay: ScenarioReplayPartsFragment | null;
    userErrors: Array<UserErrorPartsFragment>;
  };
};
export type ImportScenarioPackageVariables = { input: ImportScenarioPackageInput };
export const ImportScenarioPackage: Operation<ImportScenarioPackageData, ImportScenarioPackageVariables> = {
  id: '7eeb313f4d0ec979fc1f6cd9ab9bb856e6f9e2591bae40b198eedc9e2cb9c01f',
  name: 'ImportScenarioPackage', kind: 'mutation', keyed: true,
};

export type InboxData = {
  inbox: {
    edges: Array<{
      cursor: string;
      node: NotificationPartsFragment;
    }>;
    pageInfo: PagePartsFragment;
  };
  unreadCount: number;
  inboxVersion: string;
};
export type InboxVariables = { first: number; after?: string | null; unreadOnly?: boolean };
export const Inbox: Operation<InboxData, InboxVariables> = {
  id: '87c85c06caefbc9cb36e1894c8f2c0a1ddce97c7be3b48dba00fa0bb5fc84a4f',
  name: 'Inbox', kind: 'query',
};

export type InboxChangedData = {
  inboxChanged: {
    unreadCount: number;
    version: string;
  };
};
export type InboxChangedVariables = Record<string, never>;
export const InboxChanged: Operation<InboxChangedData, InboxChangedVariables> = {
  id: '7aacaf483f005ebc982becc409dbf9a84c126ab586919bbc201936dd8fbe3b8a',
  name: 'InboxChanged', kind: 'subscription',
};

export type InboxCountsData = {
  inboxCounts: Array<{
    category: string;
    unread: number;
  }>;
};
export type InboxCountsVariables = Record<string, never>;
export const InboxCounts: Operation<InboxCountsData, InboxCountsVariables> = {
  id: 'dac5b1a8950b30a3337ce329649bfd217508925fbc2e4591548afd3529e2fb93',
  name: 'InboxCounts', kind: 'query',
};

export type InboxVersionData = {
  inboxVersion: string;
  unreadCount: number;
};
export type InboxVersionVariables = Record<string, never>;
export const InboxVersion: Operation<InboxVersionData, InboxVersionVariables> = {
  id: '1e3979b76c713ef1c3ab7c29dd1c41c5fda1f64df65d58a2807bd0d738057c22',
  name: 'InboxVersion', kind: 'query',
};

export type IndicatorMonthData = {
  indicatorMonth: Array<IndicatorValuePartsFragment>;
};
export type IndicatorMonthVariables = { indicator: string; month: string };
export const IndicatorMonth: Operation<IndicatorMonthData, IndicatorMonthVariables> = {
  id: '7a15fd422ddb171ec222173140c33f634fab2d8d0ff8b762a54a155bac70150b',
  name: 'IndicatorMonth', kind: 'query',
};

export type IndicatorReplayData = {
  indicatorReplay: Array<{
    before: IndicatorValuePartsFragment;
    after: IndicatorValuePartsFragment;
    causes: Array<{
      cause: IndicatorCause;
      label: string;
      numerator: string;
      denominator: string;
      rows: number;
    }>;
  }>;
};
export type IndicatorReplayVariables = { input: IndicatorReplayInput };
export const IndicatorReplay: Operation<IndicatorReplayData, IndicatorReplayVariables> = {
  id: '4a85f13bdb689159c3f54cd889f5bcb716e9babd869e359b31c14ca8629d8a7f',
  name: 'IndicatorReplay', kind: 'query',
};

export type IndicatorSeriesData = {
  indicatorSeries: Array<IndicatorValuePartsFragment>;
};
export type IndicatorSeriesVariables = { indicator: string; since: string; until: string; departmentId?: string | null };
export const IndicatorSeries: Operation<IndicatorSeriesData, IndicatorSeriesVariables> = {
  id: '4d6d66fc918e2ef091a34426717ac0e8a8e6c52359db9b70eb0ed4a6385eac6b',
  name: 'IndicatorSeries', kind: 'query',
};

export type IndicatorSourcesData = {
  indicatorSources: {
    imports: Array<{
      id: string;
      dataset: string;
      sourceSystem: string;
      fileName: string;
      fileSha256: string;
      added: number;
      changed: number;
      unchanged: number;
      importedAt: string;
    }>;
    documents: Array<{
      id: string;
      number: string;
      title: string;
      amount: string;
      status: DocumentStatus;
    }>;
  };
};
export type IndicatorSourcesVariables = { input: IndicatorSourcesInput; first: number };
export const IndicatorSources: Operation<IndicatorSourcesData, IndicatorSourcesVariables> = {
  id: 'c743abdb30ad5103aedfcb09d067c0417cf1b0af7c0fedb02ee18a4b98ea48e9',
  name: 'IndicatorSources', kind: 'query',
};

export type IndicatorThresholdsData = {
  indicatorThresholds: Array<IndicatorThresholdPartsFragment>;
};
export type IndicatorThresholdsVariables = Record<string, never>;
export const IndicatorThresholds: Operation<IndicatorThresholdsData, IndicatorThresholdsVariables> = {
  id: '46d9e9ec83a97a42926185f8e71b097a9c2e24e6976d819ea671638e70f846c8',
  name: 'IndicatorThresholds', kind: 'query',
};

export type IndicatorsData = {
  indicators: Array<{
    code: string;
    name: string;
    theme: string;
    themeName: string;
    package: string;
    packageName: string;
    unit: IndicatorUnit;
    direction: IndicatorDirection;
    dataset: string;
    datasetName: string;
    subject: IndicatorSubject;
    attributes: Array<{
      code: string;
      name: string;
      options: Array<string>;
    }>;
    definition: IndicatorDefinitionPartsFragment;
    versions: Array<IndicatorDefinitionPartsFragment>;
  }>;
};
export type IndicatorsVariables = { theme?: string | null };
export const Indicators: Operation<IndicatorsData, IndicatorsVariables> = {
  id: 'e2f1871e0b3457ced4ee73d218d73986d616ea8b5608dc0f8acef56f1d69b83e',
  name: 'Indicators', kind: 'query',
};

export type LoanData = {
  loan: (LoanPartsFragment & {
    movements: Array<{
      sequence: number;
      kind: LoanMovementKind;
      amount: string;
      balance: string;
      documentId: string;
      note: string;
      occurredAt: string;
      fromStaff: {
        id: string;
        name: string;
      } | null;
      toStaff: {
        id: string;
        name: string;
      } | null;
    }>;
  }) | null;
};
export type LoanVariables = { id: string };
export const Loan: Operation<LoanData, LoanVariables> = {
  id: '2e8088cbf9ceae1fcdb76c122039f6b1bac2610f5e4715c7aeed1ea20e890bc7',
  name: 'Loan', kind: 'query',
};

export type LoansData = {
  loans: {
    edges: Array<{
      cursor: string;
      node: {
        id: string;
        documentId: string;
        number: string;
        principal: string;
        outstanding: string;
        held: string;
        paidOn: string;
        dueOn: string;
        overdue: boolean;
        settledAt: string | null;
        borrower: {
          id: string;
          name: string;
        } | null;
        department: {
          id: string;
          name: string;
        } | null;
      };
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type LoansVariables = { first: number; after?: string | null; filter?: LoanFilterInput | null };
export const Loans: Operation<LoansData, LoansVariables> = {
  id: '09b4027acdf67f88f417665c127cc65862e55b582394d387204dabf5a2ce9b03',
  name: 'Loans', kind: 'query',
};

export type LoginData = {
  login: SessionOutcomeFragment;
};
export type LoginVariables = { input: LoginInput };
export const Login: Operation<LoginData, LoginVariables> = {
  id: '9226f8aa77b791e169e6eb4abf494810499365e8992c913cb7d1fe24d4c6aa2e',
  name: 'Login', kind: 'mutation',
};

export type LoginProvidersData = {
  loginProviders: Array<LoginProvider>;
};
export type LoginProvidersVariables = Record<string, never>;
export const LoginProviders: Operation<LoginProvidersData, LoginProvidersVariables> = {
  id: 'f27208eb2c4ffb797af23920a57387f9ebef853e86a59184df676f7f030026a0',
  name: 'LoginProviders', kind: 'query',
};

export type LoginWithDingtalkData = {
  loginWithDingtalk: SessionOutcomeFragment;
};
export type LoginWithDingtalkVariables = { input: LoginWithCodeInput };
export const LoginWithDingtalk: Operation<LoginWithDingtalkData, LoginWithDingtalkVariables> = {
  id: '9e061ae40b33175a68c9cc355853da3b0337a66af85d46317102f9839c3c2241',
  name: 'LoginWithDingtalk', kind: 'mutation',
};

export type LoginWithWechatData = {
  loginWithWechat: SessionOutcomeFragment;
};
export type LoginWithWechatVariables = { input: LoginWithCodeInput };
export const LoginWithWechat: Operation<LoginWithWechatData, LoginWithWechatVariables> = {
  id: 'b29e7873a9e381cec009deaa5d612daa6746cb408bc0774297f03aac7cca4b95',
  name: 'LoginWithWechat', kind: 'mutation',
};

export type LoginWithWecomData = {
  loginWithWecom: SessionOutcomeFragment;
};
export type LoginWithWecomVariables = { input: LoginWithCodeInput };
export const LoginWithWecom: Operation<LoginWithWecomData, LoginWithWecomVariables> = {
  id: 'a42ccc4248fc16484f576c6a3a84dfcdd7c3c8a74a20198ed687e896535082a9',
  name: 'LoginWithWecom', kind: 'mutation',
};

export type LogoutData = {
  logout: {
    done: boolean;
    userErrors: Array<UserErrorPartsFragment>;
  };
};
export type LogoutVariables = Record<string, never>;
export const Logout: Operation<LogoutData, LogoutVariables> = {
  id: '60cd7356f23e99c6322fc6e126ccdd491fae58e8c66332a197f918afede1a847',
  name: 'Logout', kind: 'mutation',
};

export type MakeDataExportData = {
  makeDataExport: {
    export: DataExportPartsFragment | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type MakeDataExportVariables = { input: MakeDataExportInput };
export const MakeDataExport: Operation<MakeDataExportData, MakeDataExportVariables> = {
  id: 'aedc5558f13e0afc2f269fa9f0a9d1813a0f1575d693185fa97cf741c60ed4a5',
  name: 'MakeDataExport', kind: 'mutation', keyed: true,
};

export type MakeMonthlyReportData = {
  makeMonthlyReport: {
    report: MonthlyReportPartsFragment | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type MakeMonthlyReportVariables = { input: MakeMonthlyReportInput };
export const MakeMonthlyReport: Operation<MakeMonthlyReportData, MakeMonthlyReportVariables> = {
  id: '1b2e604ab74ab6d8b26d72c869301353306fe3b01d811f7c3ee2fca10e1081f4',
  name: 'MakeMonthlyReport', kind: 'mutation', keyed: true,
};

export type MarkPerformancePaidData = {
  markPerformancePaid: {
    period: string | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type MarkPerformancePaidVariables = { input: MarkPerformancePaidInput };
export const MarkPerformancePaid: Operation<MarkPerformancePaidData, MarkPerformancePaidVariables> = {
  id: 'a182328f0dffcbfccbeacb4afac05ebc0ff6d210633084dfc6892eb8c92442f8',
  name: 'MarkPerformancePaid', kind: 'mutation', keyed: true,
};

export type MarkReadData = {
  markRead: {
    inbox: {
      unreadCount: number;
      version: string;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type MarkReadVariables = { input: MarkReadInput };
export const MarkRead: Operation<MarkReadData, MarkReadVariables> = {
  id: 'b6367d6c4b32d5b95f23e59019a17a274e1c7c3406b10b8a414f381fadc88280',
  name: 'MarkRead', kind: 'mutation', keyed: true,
};

export type MarkTaskReadData = {
  markTaskRead: DocumentOutcomeFragment;
};
export type MarkTaskReadVariables = { input: TaskInput };
export const MarkTaskRead: Operation<MarkTaskReadData, MarkTaskReadVariables> = {
  id: '59257d5bf0a818ce2fa2179c293cf4170739c68a5d88f666282a20af9e7a0168',
  name: 'MarkTaskRead', kind: 'mutation', keyed: true,
};

export type MeData = {
  me: {
    id: string;
    name: string;
    employeeNumber: string;
    hospitalName: string;
    departmentId: string;
    departmentName: string;
    campusName: string;
    roles: Array<{
      role: Role;
      scopeKind: ScopeKind;
    }>;
    loginProviders: Array<LoginProvider>;
    mustChangePassword: boolean;
  };
  capabilities: Array<{
    permission: Permission;
    widest: ScopeKind;
  }>;
};
export type MeVariables = Record<string, never>;
export const Me: Operation<MeData, MeVariables> = {
  id: '04ecbe6f307a1fe41e981a75140fc4c52e9277cd85eeb2beaaf2320853ff563a',
  name: 'Me', kind: 'query',
};

export type MonthlyReportsData = {
  monthlyReports: Array<MonthlyReportPartsFragment>;
};
export type MonthlyReportsVariables = { departmentId: string; first: number };
export const MonthlyReports: Operation<MonthlyReportsData, MonthlyReportsVariables> = {
  id: '3290cc23c59fb0c4e896c79b9390bf5841a00b4644dbe752029f98a389668126',
  name: 'MonthlyReports', kind: 'query',
};

export type MyDevicesData = {
  myDevices: Array<{
    id: string;
    platform: Platform;
    label: string;
    firstSeenAt: string;
    lastSeenAt: string;
    signedIn: boolean;
    revokedAt: string | null;
    current: boolean;
  }>;
};
export type MyDevicesVariables = Record<string, never>;
export const MyDevices: Operation<MyDevicesData, MyDevicesVariables> = {
  id: 'b7bb9576d47c30693cd7409318f31b42314db6de1a6b524f6d45cbfa5af024cb',
  name: 'MyDevices', kind: 'query',
};

export type MyDisputeEvidenceData = {
  myDisputeEvidence: Array<{
    position: number;
    mine: boolean;
    addedAt: string;
    text: string;
    fileName: string;
    mediaType: string;
    sizeBytes: number;
    sha256: string;
    content: string;
  }>;
};
export type MyDisputeEvidenceVariables = { disputeId: string };
export const MyDisputeEvidence: Operation<MyDisputeEvidenceData, MyDisputeEvidenceVariables> = {
  id: '6035d78073067727328f7cc64bf2e573a74dfdca9d158a324dfa58b77f0bf0e4',
  name: 'MyDisputeEvidence', kind: 'query',
};

export type MyDisputesData = {
  myDisputes: Array<{
    id: string;
    period: string;
    ruleName: string;
    state: PerformanceDisputeState;
    reason: string;
    answer: string | null;
    granted: string;
    openedAt: string;
    dueAt: string;
    decidedAt: string | null;
  }>;
};
export type MyDisputesVariables = { first: number };
export const MyDisputes: Operation<MyDisputesData, MyDisputesVariables> = {
  id: '29e2c32aefec7c582b2062c1b4c35734388fc1b227931dc95619ab02c4900a1f',
  name: 'MyDisputes', kind: 'query',
};

export type MyDocumentsData = {
  myDocuments: {
    edges: Array<{
      cursor: string;
      node: DocumentBriefFragment;
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type MyDocumentsVariables = { first: number; after?: string | null; statuses?: Array<DocumentStatus> | null };
export const MyDocuments: Operation<MyDocumentsData, MyDocumentsVariables> = {
  id: '01fb5eb5327a864d2f15a6bb619ae1e7fd3dcb74e0b27e5af17855e02049f04b',
  name: 'MyDocuments', kind: 'query',
};

export type MyLoansData = {
  myLoans: {
    edges: Array<{
      cursor: string;
      node: LoanPartsFragment;
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type MyLoansVariables = { first: number; after?: string | null; openOnly?: boolean };
export const MyLoans: Operation<MyLoansData, MyLoansVariables> = {
  id: '572fab45467dc37523382d613b35fbbf28fc475060a2a4e5bc77d1cbd79a7368',
  name: 'MyLoans', kind: 'query',
};

export type MyPerformanceData = {
  myPerformance: {
    period: string;
    firstDay: string;
    lastDay: string;
    state: PerformancePeriodState;
    publishedAt: string | null;
    disputesUntil: string | null;
    total: string;
    lines: Array<{
      id: string;
      departmentName: string;
      kind: PayoutLineKind;
      ruleCode: string;
      ruleVersion: string;
      ruleName: string;
      amount: string;
      explanation: unknown;
      work: Array<{
        code: string;
        quantity: string;
        occurredOn: string;
        sourceSystem: string;
        sourceRow: string;
      }>;
      sources: Array<{
        documentNumber: string;
        executed: string | null;
      }>;
    }>;
  } | null;
};
export type MyPerformanceVariables = { period?: string | null };
export const MyPerformance: Operation<MyPerformanceData, MyPerformanceVariables> = {
  id: '068af5ca5c7d93d5a810a33f806cacb27c93625c54a3205e1732734ec23c8cd3',
  name: 'MyPerformance', kind: 'query',
};

export type MyReceiptsData = {
  myReceipts: {
    edges: Array<{
      cursor: string;
      node: ReceiptBriefFragment;
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type MyReceiptsVariables = { first: number; after?: string | null; filter?: ReceiptFilterInput | null };
export const MyReceipts: Operation<MyReceiptsData, MyReceiptsVariables> = {
  id: '89e8d2f117b2ffa664a7d8583d60f18ef50956e5b36fe32e1972e9b33b4e5a1f',
  name: 'MyReceipts', kind: 'query',
};

export type NotificationByLinkData = {
  notificationByLink: NotificationPartsFragment | null;
};
export type NotificationByLinkVariables = { publicId: string };
export const NotificationByLink: Operation<NotificationByLinkData, NotificationByLinkVariables> = {
  id: '39998a584f25057acf337757d4079d83e6436ba8a8ffe25615b6d1cf091904e4',
  name: 'NotificationByLink', kind: 'query',
};

export type NotificationFatigueData = {
  notificationFatigue: {
    interruptions: number;
    repeats: number;
    digests: number;
    critical: number;
    mostOnOneDay: number;
    repeatPercent: number;
  };
};
export type NotificationFatigueVariables = Record<string, never>;
export const NotificationFatigue: Operation<NotificationFatigueData, NotificationFatigueVariables> = {
  id: 'a39a602b122a110a61bb1f8598c6ab1b1f5746404a2dd2cd863095338c841822',
  name: 'NotificationFatigue', kind: 'query',
};

export type NotificationLimitsData = {
  notificationLimits: {
    ringsPerDay: number;
    digestsPerDay: number;
    repeatsMax: number;
    digestTimes: Array<number>;
    digestSize: number;
    quietFrom: number;
    quietUntil: number;
    mandatoryCategories: Array<string>;
    monthlyCalls: number;
    urgentReservePercent: number;
  };
};
export type NotificationLimitsVariables = Record<string, never>;
export const NotificationLimits: Operation<NotificationLimitsData, NotificationLimitsVariables> = {
  id: 'f8005e9b915c8fc617be882ed0791bb1fac887fb91456d5e81bd5decb277b50a',
  name: 'NotificationLimits', kind: 'query',
};

export type NotificationWishesData = {
  notificationWishes: Array<{
    category: string;
    mandatory: boolean;
    wishes: Array<{
      channel: PushChannel;
      cadence: PushCadence;
    }>;
  }>;
};
export type NotificationWishesVariables = Record<string, never>;
export const NotificationWishes: Operation<NotificationWishesData, NotificationWishesVariables> = {
  id: '92350bd63e9dacb8f6fc0c7dc215336ec55338cddf7aba6c6a18a10da25a3625',
  name: 'NotificationWishes', kind: 'query',
};

export type OpenPerformanceDisputeData = {
  openPerformanceDispute: {
    disputeId: string | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type OpenPerformanceDisputeVariables = { input: OpenPerformanceDisputeInput };
export const OpenPerformanceDispute: Operation<OpenPerformanceDisputeData, OpenPerformanceDisputeVariables> = {
  id: 'a0fe1dc64283fa3daeff9a71f88c87ad867f41e46e53cac397aff80c37c49aab',
  name: 'OpenPerformanceDispute', kind: 'mutation', keyed: true,
};

export type OverrideFindingData = {
  overrideFinding: {
    finding: FindingPartsFragment | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type OverrideFindingVariables = { input: OverrideFindingInput };
export const OverrideFinding: Operation<OverrideFindingData, OverrideFindingVariables> = {
  id: '05332382cfd8935019ebcd0556e31d9a117004da89a39f92e3b08a0f1918428d',
  name: 'OverrideFinding', kind: 'mutation', keyed: true,
};

export type PayeeAccountsData = {
  payeeAccounts: {
    edges: Array<{
      cursor: string;
      node: PayeeAccountPartsFragment;
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type PayeeAccountsVariables = { first: number; after?: string | null; kind?: PayeeKind | null };
export const PayeeAccounts: Operation<PayeeAccountsData, PayeeAccountsVariables> = {
  id: '39ed6d05fb718d61767e6ec302fc6867b4e4b42cefc0b517462febb965b0c19c',
  name: 'PayeeAccounts', kind: 'query',
};

export type PaymentBatchesData = {
  paymentBatches: {
    edges: Array<{
      cursor: string;
      node: PaymentBatchPartsFragment;
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type PaymentBatchesVariables = { first: number; after?: string | null };
export const PaymentBatches: Operation<PaymentBatchesData, PaymentBatchesVariables> = {
  id: 'ce1fed81c4fa15463c18f6242988478f544ca202547721807b9d9252061f3d10',
  name: 'PaymentBatches', kind: 'query',
};

export type PaymentOrderData = {
  paymentOrder: (PaymentOrderPartsFragment & {
    recordedBy: {
      id: string;
      name: string;
    } | null;
  }) | null;
};
export type PaymentOrderVariables = { id: string };
export const PaymentOrder: Operation<PaymentOrderData, PaymentOrderVariables> = {
  id: '2eb76776396bf9a20a424153ffb785198cfa6196f226b13c7681f13c2a44cf5e',
  name: 'PaymentOrder', kind: 'query',
};

export type PaymentOrdersData = {
  paymentOrders: {
    edges: Array<{
      cursor: string;
      node: PaymentOrderPartsFragment;
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type PaymentOrdersVariables = { first: number; after?: string | null; filter?: PaymentOrderFilterInput | null };
export const PaymentOrders: Operation<PaymentOrdersData, PaymentOrdersVariables> = {
  id: 'a2c9a899b8221af2503ed27154d751d507874a9641cd0dca2ce12b0a4ab031a5',
  name: 'PaymentOrders', kind: 'query',
};

export type PeerBandData = {
  peerBand: {
    jobCategory: string;
    people: number;
    low: string;
    middle: string;
    high: string;
  } | null;
};
export type PeerBandVariables = { period?: string | null };
export const PeerBand: Operation<PeerBandData, PeerBandVariables> = {
  id: '103bd63a77c4863287d8fbcf84320bdbd2c30b6d2474d15b566fec0b7d439afa',
  name: 'PeerBand', kind: 'query',
};

export type PerformanceCalculationData = {
  performanceCalculation: {
    id: string;
    state: PerformanceCalculationState;
    departments: number;
    calculated: number;
    run: {
      id: string;
      sequence: number;
      state: PerformanceRunState;
    } | null;
    refusals: Array<UserErrorPartsFragment>;
    startedAt: string | null;
    endedAt: string | null;
  };
};
export type PerformanceCalculationVariables = { calculationId: string };
export const PerformanceCalculation: Operation<PerformanceCalculationData, PerformanceCalculationVariables> = {
  id: '6be36209e8818b26884e5468f2b787638469d4e9232a4c5d2bd12f533dea9df4',
  name: 'PerformanceCalculation', kind: 'query',
};

export type PerformanceCardData = {
  performanceCard: {
    png: string;
    width: number;
    height: number;
    alt: string;
  } | null;
};
export type PerformanceCardVariables = { kind: PerformanceCardKind; theme: CardTheme };
export const PerformanceCard: Operation<PerformanceCardData, PerformanceCardVariables> = {
  id: '7a08f9daf59f145da3bd8469ed7453f7d072e444d512cdd3faa3a6a09687593b',
  name: 'PerformanceCard', kind: 'query',
};

export type PerformanceCardDrawingData = {
  performanceCard: {
    svg: string;
    width: number;
    height: number;
    alt: string;
  } | null;
};
export type PerformanceCardDrawingVariables = { kind: PerformanceCardKind; theme: CardTheme };
export const PerformanceCardDrawing: Operation<PerformanceCardDrawingData, PerformanceCardDrawingVariables> = {
  id: 'c0ef73b356d9e126f82d12c7b9f91a8561e7cfe7d6b44e3141a2c38cdf1606d2',
  name: 'PerformanceCardDrawing', kind: 'query',
};

export type PerformanceHistoryData = {
  performanceHistory: Array<{
    period: string;
    firstDay: string;
    lastDay: string;
    state: PerformancePeriodState;
    publishedAt: string | null;
    disputesUntil: string | null;
    total: string;
  }>;
};
export type PerformanceHistoryVariables = { first: number };
export const PerformanceHistory: Operation<PerformanceHistoryData, PerformanceHistoryVariables> = {
  id: 'de8ecb5719d49be81fec7fb089d4196edaef9f8d3046f52261dfa9ed0cf0b569',
  name: 'PerformanceHistory', kind: 'query',
};

export type PerformanceLooksData = {
  performanceLooks: Array<{
    viewerName: string;
    purpose: string;
    reason: string;
    period: string | null;
    occurredAt: string;
    mine: boolean;
  }>;
};
export type PerformanceLooksVariables = { first: number };
export const PerformanceLooks: Operation<PerformanceLooksData, PerformanceLooksVariables> = {
  id: '1c52bc3c2c87fb4cd0ac0372975bc3c2b36d051d1c998c92400b13ec01e014ce',
  name: 'PerformanceLooks', kind: 'query',
};

export type PerformanceRunDifferenceData = {
  performanceRunDifference: Array<{
    department: {
      id: string;
      code: string;
      name: string;
    } | null;
    before: string | null;
    after: string | null;
    sameInputs: boolean;
  }>;
};
export type PerformanceRunDifferenceVariables = { period: string; before: number; after: number };
export const PerformanceRunDifference: Operation<PerformanceRunDifferenceData, PerformanceRunDifferenceVariables> = {
  id: 'b3877e8582fb38a046299e7b9d6be3004b5aab39c4eb93af98bb54af20b5ced1',
  name: 'PerformanceRunDifference', kind: 'query',
};

export type PerformanceRunsData = {
  performanceRuns: Array<{
    id: string;
    sequence: number;
    state: PerformanceRunState;
    ruleVersion: string;
    inputHash: string | null;
    createdAt: string;
    publishedAt: string | null;
    packages: Array<{
      department: {
        id: string;
        code: string;
        name: string;
      } | null;
      amount: string | null;
      people: number;
    }>;
  }>;
};
export type PerformanceRunsVariables = { period: string };
export const PerformanceRuns: Operation<PerformanceRunsData, PerformanceRunsVariables> = {
  id: '97d1523f7ac9334fb6807718266a0b569cf4ee9327126e728d087b5fddeebc70',
  name: 'PerformanceRuns', kind: 'query',
};

export type PerformanceStatementData = {
  performanceStatement: string;
};
export type PerformanceStatementVariables = Record<string, never>;
export const PerformanceStatement: Operation<PerformanceStatementData, PerformanceStatementVariables> = {
  id: '9dfa5b6f584d8f9354ce7ad865f5c5c83234151dee639fb782f83f4fbc9d281c',
  name: 'PerformanceStatement', kind: 'query',
};

export type PolicyLookupData = {
  policyLookup: {
    table: string;
    version: string;
    source: string;
    effectiveFrom: string;
    sample: boolean;
    row: unknown;
  } | null;
};
export type PolicyLookupVariables = { table: string; keys: Array<PolicyKeyInput>; on?: string | null };
export const PolicyLookup: Operation<PolicyLookupData, PolicyLookupVariables> = {
  id: '55319d7a93ccfa3bfd686babed763e20d7565cd8f9e77d0e177d6d278394fdd1',
  name: 'PolicyLookup', kind: 'query',
};

export type PolicyTablesData = {
  policyTables: Array<{
    code: string;
    name: string;
    version: string;
    source: string;
    effectiveFrom: string;
    sample: boolean;
    keyColumns: Array<string>;
    valueColumns: Array<string>;
    rowCount: number;
    rows: unknown;
  }>;
};
export type PolicyTablesVariables = { on?: string | null };
export const PolicyTables: Operation<PolicyTablesData, PolicyTablesVariables> = {
  id: 'ca8e0b93dce843d2fcbe4e64ed830c9c90fbf001d083757ea85b15f32018d7de',
  name: 'PolicyTables', kind: 'query',
};

export type PrepareDecisionData = {
  prepareDecision: {
    decision: {
      document: DocumentBriefFragment;
      snapshotHash: string;
      actions: Array<{
        verdict: Verdict;
        token: string;
        expiresAt: string;
      }>;
      stepUp: Array<StepUpReason>;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
  };
};
export type PrepareDecisionVariables = { input: PrepareDecisionInput };
export const PrepareDecision: Operation<PrepareDecisionData, PrepareDecisionVariables> = {
  id: '432a1e2104f3243f07779160117e741a7440658a47aaffc9ef84e45574844a2f',
  name: 'PrepareDecision', kind: 'mutation',
};

export type PreviewBudgetImportData = {
  previewBudgetImport: {
    digest: string;
    newLines: number;
    changedLines: number;
    removedLines: number;
    unchangedLines: number;
    approvedChange: string;
    faultCount: number;
    changed: Array<{
      row: number | null;
      code: string;
      name: string;
      changes: Array<{
        field: string;
        before: string;
        after: string;
      }>;
    }>;
    added: Array<{
      row: number | null;
      code: string;
      name: string;
      approvedAfter: string | null;
    }>;
    removed: Array<{
      code: string;
      name: string;
      approvedBefore: string | null;
    }>;
    faults: Array<{
      cell: string;
      code: ErrorCode;
      message: string;
      messageEn: string;
      nextStepEn: string;
    }>;
  };
};
export type PreviewBudgetImportVariables = { sheet: BudgetSheetInput; file?: unknown | null };
export const PreviewBudgetImport: Operation<PreviewBudgetImportData, PreviewBudgetImportVariables> = {
  id: 'f42ea9f340d7b10245410d64520585265392c0c5351ae0f3c7a935fbc513676e',
  name: 'PreviewBudgetImport', kind: 'query',
};

export type PreviewFindingsData = {
  previewFindings: Array<FindingPartsFragment>;
};
export type PreviewFindingsVariables = { documentId: string };
export const PreviewFindings: Operation<PreviewFindingsData, PreviewFindingsVariables> = {
  id: 'c84d60fa33e7b4dcf302852766e4c68ca72ce39a2fc28de9f3336ceeec11e04b',
  name: 'PreviewFindings', kind: 'query',
};

export type ProposeIndicatorChangeData = {
  proposeIndicatorChange: {
    document: {
      id: string;
      number: string;
      status: DocumentStatus;
      values: unknown;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type ProposeIndicatorChangeVariables = { input: ProposeIndicatorChangeInput };
export const ProposeIndicatorChange: Operation<ProposeIndicatorChangeData, ProposeIndicatorChangeVariables> = {
  id: '9fe5b2a2c000fd1b8ba1442611e2b13da11098e4b6c2ebc99628a39e9d36c73b',
  name: 'ProposeIndicatorChange', kind: 'mutation', keyed: true,
};

export type ProposePerformanceRulesData = {
  proposePerformanceRules: {
    ruleSet: {
      id: string;
      version: string;
      effectiveFrom: string;
      proposedAt: string;
      approvedAt: string | null;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type ProposePerformanceRulesVariables = { input: ProposePerformanceRulesInput };
export const ProposePerformanceRules: Operation<ProposePerformanceRulesData, ProposePerformanceRulesVariables> = {
  id: '19746d3be575a4167ea461c0b6f086069074b9ba7f6b74b9546bea82d46ebdfd',
  name: 'ProposePerformanceRules', kind: 'mutation', keyed: true,
};

export type ProposeSecondaryDistributionData = {
  proposeSecondaryDistribution: {
    distribution: {
      id: string;
      method: SecondaryShareMethod;
      state: SecondaryDistributionState;
      sequence: number;
      people: number;
      objectionsUntil: string;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type ProposeSecondaryDistributionVariables = { input: ProposeSecondaryDistributionInput };
export const ProposeSecondaryDistribution: Operation<ProposeSecondaryDistributionData, ProposeSecondaryDistributionVariables> = {
  id: 'b8e7f542e12cb2137ae463800425b0a792f812aeee317d53ea067d07d4460d9d',
  name: 'ProposeSecondaryDistribution', kind: 'mutation', keyed: true,
};

export type ProveIdentityData = {
  proveIdentity: {
    proof: {
      token: string;
      expiresAt: string;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
  };
};
export type ProveIdentityVariables = { input: ProveIdentityInput };
export const ProveIdentity: Operation<ProveIdentityData, ProveIdentityVariables> = {
  id: '01bea471df068d88ef3fed4696c09b0baa9d8193e143d58c6b42cc14529ece38',
  name: 'ProveIdentity', kind: 'mutation',
};

export type PublicityData = {
  publicity: {
    edges: Array<{
      cursor: string;
      node: {
        documentId: string;
        number: string;
        title: string;
        scenarioCode: string;
        nodeKey: string;
        nodeName: string;
        openedAt: string | null;
      };
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type PublicityVariables = { first: number; after?: string | null };
export const Publicity: Operation<PublicityData, PublicityVariables> = {
  id: '65c94f13bf1b4e05aa3fda5acd586ced5071f4402690d35827c838e4fa59c9c9',
  name: 'Publicity', kind: 'query',
};

export type PublishPerformanceData = {
  publishPerformance: PerformanceRunOutcomeFragment;
};
export type PublishPerformanceVariables = { input: PublishPerformanceInput };
export const PublishPerformance: Operation<PublishPerformanceData, PublishPerformanceVariables> = {
  id: '4f80e28ce83307cd1bb586cf8aacadaea2b26a6c088cf83705d328614e19e0b5',
  name: 'PublishPerformance', kind: 'mutation', keyed: true,
};

export type PublishRulePackageData = {
  publishRulePackage: {
    package: {
      code: string;
      version: string;
      state: RulePackageState;
    } | null;
    changes: Array<{
      line: string;
    }>;
    userErrors: Array<UserErrorPartsFragment>;
  };
};
export type PublishRulePackageVariables = { input: PublishRulePackageInput };
export const PublishRulePackage: Operation<PublishRulePackageData, PublishRulePackageVariables> = {
  id: '6009cb76af64a05260a0085d574eed62f01c91332f0d4d868f2a238e89d03e8b',
  name: 'PublishRulePackage', kind: 'mutation', keyed: true,
};

export type PublishScenarioData = {
  publishScenario: {
    published: Array<string>;
    replay: ScenarioReplayPartsFragment | null;
    userErrors: Array<UserErrorPartsFragment>;
  };
};
export type PublishScenarioVariables = { input: PublishScenarioInput };
export const PublishScenario: Operation<PublishScenarioData, PublishScenarioVariables> = {
  id: 'f697f7e07ea4061fba6ae1724a5854be07c916079f93908aa84e5e638ac67aec',
  name: 'PublishScenario', kind: 'mutation', keyed: true,
};

export type RaiseObjectionData = {
  raiseObjection: DocumentOutcomeFragment;
};
export type RaiseObjectionVariables = { input: ObjectInput };
export const RaiseObjection: Operation<RaiseObjectionData, RaiseObjectionVariables> = {
  id: 'a0c8f1ba03dc576070c6deeb06da131f06f44e6bd2ac8e6236014b19946cfe27',
  name: 'RaiseObjection', kind: 'mutation', keyed: true,
};

export type ReadPerformanceDisputesData = {
  readPerformanceDisputes: {
    dispute: {
      id: string;
      staffId: string;
      payoutLineId: string;
      state: PerformanceDisputeState;
      reason: string;
      answer: string | null;
      granted: string;
    } | null;
    waiting: Array<{
      id: string;
      period: string;
      ruleName: string;
      openedAt: string;
      dueAt: string;
      overdue: boolean;
    }>;
    counts: Array<{
      ruleName: string;
      opened: number | null;
      accepted: number | null;
      overdue: number | null;
    }>;
    evidence: Array<{
      position: number;
      byOwner: boolean;
      addedAt: string;
      text: string;
      fileName: string;
      mediaType: string;
      sizeBytes: number;
      sha256: string;
      content: string;
    }>;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type ReadPerformanceDisputesVariables = { input: ReadPerformanceDisputesInput };
export const ReadPerformanceDisputes: Operation<ReadPerformanceDisputesData, ReadPerformanceDisputesVariables> = {
  id: 'b52cb45b5f8311541faa49cdebe78051ff504926156af393f505bc4bcafdc0cd',
  name: 'ReadPerformanceDisputes', kind: 'mutation', keyed: true,
};

export type ReceiptData = {
  receipt: (ReceiptBriefFragment & ReceiptFieldsFragment) | null;
};
export type ReceiptVariables = { id: string };
export const Receipt: Operation<ReceiptData, ReceiptVariables> = {
  id: 'e7c148936186ea3d911ab3bbf475975e10e2e0b4d271819e5e0bb17bd1013b02',
  name: 'Receipt', kind: 'query',
};

export type ReceiptTextsData = {
  receipt: {
    id: string;
    texts: Array<{
      text: string;
      score: number;
      box: {
        page: number;
        x0: number;
        y0: number;
        x1: number;
        y1: number;
      };
    }>;
  } | null;
};
export type ReceiptTextsVariables = { id: string };
export const ReceiptTexts: Operation<ReceiptTextsData, ReceiptTextsVariables> = {
  id: '668b980bab363a5cde9db67f916a311c7e68c5b569c669f33efd82ae3babe741',
  name: 'ReceiptTexts', kind: 'query',
};

export type RecordEventsData = {
  recordEvents: {
    recorded: number;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type RecordEventsVariables = { input: RecordEventsInput };
export const RecordEvents: Operation<RecordEventsData, RecordEventsVariables> = {
  id: '393e3110b74e856fed117c6158f2a7666ef2e297cbaa7ee996426a6aca6f0a4e',
  name: 'RecordEvents', kind: 'mutation', keyed: true,
};

export type RecordManualVerificationData = {
  recordManualVerification: ReceiptOutcomeFragment;
};
export type RecordManualVerificationVariables = { input: ManualVerificationInput };
export const RecordManualVerification: Operation<RecordManualVerificationData, RecordManualVerificationVariables> = {
  id: '84bdd67a083fb5ae4492a0a603a8b264607391ba9d7510d1724ce44760c12bee',
  name: 'RecordManualVerification', kind: 'mutation', keyed: true,
};

export type RecordPaymentResultData = {
  recordPaymentResult: PaymentOrderOutcomeFragment;
};
export type RecordPaymentResultVariables = { input: RecordPaymentResultInput };
export const RecordPaymentResult: Operation<RecordPaymentResultData, RecordPaymentResultVariables> = {
  id: '922f8696ced46221c79bb810980c27838becace0cc069507d769986a45ac4b1f',
  name: 'RecordPaymentResult', kind: 'mutation', keyed: true,
};

export type RecordSubscribeConsentData = {
  recordSubscribeConsent: {
    permits: Array<{
      templateId: string;
      left: number;
    }> | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type RecordSubscribeConsentVariables = { input: RecordSubscribeConsentInput };
export const RecordSubscribeConsent: Operation<RecordSubscribeConsentData, RecordSubscribeConsentVariables> = {
  id: '86198266f0a5f1918dd540cc3338568a4fb4f94f90de9bdea0be46afd773bea1',
  name: 'RecordSubscribeConsent', kind: 'mutation', keyed: true,
};

export type RecuseStaffData = {
  recuseStaff: DocumentOutcomeFragment;
};
export type RecuseStaffVariables = { input: RecuseInput };
export const RecuseStaff: Operation<RecuseStaffData, RecuseStaffVariables> = {
  id: '74c76d234bdb6113dffb602b8d5fa94b601d8163c184fb3dca37b7e286cdb80d',
  name: 'RecuseStaff', kind: 'mutation', keyed: true,
};

export type ReferenceKindsData = {
  referenceKinds: Array<{
    code: string;
    name: string;
    keys: Array<string>;
    items: Array<string>;
    columns: Array<{
      name: string;
      type: ReferenceValueType;
      required: boolean;
    }>;
  }>;
};
export type ReferenceKindsVariables = Record<string, never>;
export const ReferenceKinds: Operation<ReferenceKindsData, ReferenceKindsVariables> = {
  id: '7b07c7fb7c486837a88195bad9eef9b5965944064a59d88f444dbab6af522364',
  name: 'ReferenceKinds', kind: 'query',
};

export type RefreshSessionData = {
  refreshSession: SessionOutcomeFragment;
};
export type RefreshSessionVariables = { input: RefreshSessionInput };
export const RefreshSession: Operation<RefreshSessionData, RefreshSessionVariables> = {
  id: 'e848e71edf7eef37c90821fb6c96806225e984a6a19a3e2319716460e80089e5',
  name: 'RefreshSession', kind: 'mutation',
};

export type RegisterEndpointData = {
  registerEndpoint: {
    endpointId: string | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type RegisterEndpointVariables = { input: RegisterEndpointInput };
export const RegisterEndpoint: Operation<RegisterEndpointData, RegisterEndpointVariables> = {
  id: '5be964407e9a8b9c248d9c0aa5be2278bae629823156626cedbaa7f7605e8889',
  name: 'RegisterEndpoint', kind: 'mutation', keyed: true,
};

export type RegisterPayeeAccountData = {
  registerPayeeAccount: {
    payeeAccount: PayeeAccountPartsFragment | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type RegisterPayeeAccountVariables = { input: RegisterPayeeAccountInput };
export const RegisterPayeeAccount: Operation<RegisterPayeeAccountData, RegisterPayeeAccountVariables> = {
  id: 'b5e6d1fecf480975fe15b8f580b1155ee277bcb89f61b742edac983580b48643',
  name: 'RegisterPayeeAccount', kind: 'mutation', keyed: true,
};

export type ReleaseTaskData = {
  releaseTask: DocumentOutcomeFragment;
};
export type ReleaseTaskVariables = { input: TaskInput };
export const ReleaseTask: Operation<ReleaseTaskData, ReleaseTaskVariables> = {
  id: 'f4065e7c922ebdc9120153179865606c327402b4a6c4dfc494bd7821e16a6107',
  name: 'ReleaseTask', kind: 'mutation', keyed: true,
};

export type RemindTaskData = {
  remindTask: DocumentOutcomeFragment;
};
export type RemindTaskVariables = { input: TaskInput };
export const RemindTask: Operation<RemindTaskData, RemindTaskVariables> = {
  id: 'dd83d224c0c72675f82cb33aea98793694ceaa4f93b0038b32596d2f2bbeae50',
  name: 'RemindTask', kind: 'mutation', keyed: true,
};

export type RemoveApproverData = {
  removeApprover: DocumentOutcomeFragment;
};
export type RemoveApproverVariables = { input: TaskCommentInput };
export const RemoveApprover: Operation<RemoveApproverData, RemoveApproverVariables> = {
  id: '0d42fba0ac727470751af0359be14c539c5debd38c823f620e35c59eb4f9e68d',
  name: 'RemoveApprover', kind: 'mutation', keyed: true,
};

export type ReopenDocumentData = {
  reopenDocument: DocumentOutcomeFragment;
};
export type ReopenDocumentVariables = { input: ReopenDocumentInput };
export const ReopenDocument: Operation<ReopenDocumentData, ReopenDocumentVariables> = {
  id: 'ea9c1bb684a54ef10841252c20912ed93b1b74f8f2a941a63ea7b126cb113b3f',
  name: 'ReopenDocument', kind: 'mutation', keyed: true,
};

export type ReplayDeadLettersData = {
  replayDeadLetters: {
    letters: Array<{
      channel: PushChannel;
      code: string;
      count: number;
    }> | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type ReplayDeadLettersVariables = { input: ReplayDeadLettersInput };
export const ReplayDeadLetters: Operation<ReplayDeadLettersData, ReplayDeadLettersVariables> = {
  id: 'e88a6701ec6478b14ff5284da923def91bc7b2382c1631f00209336b9b340977',
  name: 'ReplayDeadLetters', kind: 'mutation', keyed: true,
};

export type RetryReadingData = {
  retryReading: ReceiptOutcomeFragment;
};
export type RetryReadingVariables = { input: ReceiptActionInput };
export const RetryReading: Operation<RetryReadingData, RetryReadingVariables> = {
  id: 'b9e506741295869a66185e241f470922ec2fd6937ecf000c6d358f1fc110b9f1',
  name: 'RetryReading', kind: 'mutation', keyed: true,
};

export type RevokeDeviceData = {
  revokeDevice: {
    done: boolean;
    userErrors: Array<UserErrorPartsFragment>;
  };
};
export type RevokeDeviceVariables = { deviceId: string };
export const RevokeDevice: Operation<RevokeDeviceData, RevokeDeviceVariables> = {
  id: '83ae9d9fb1ccec60d933b1ce928cf2f664c32ebe359d649745fdf4efd50860e7',
  name: 'RevokeDevice', kind: 'mutation',
};

export type RevokeProxyData = {
  revokeProxy: {
    proxy: ProxyPartsFragment | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type RevokeProxyVariables = { input: RevokeProxyInput };
export const RevokeProxy: Operation<RevokeProxyData, RevokeProxyVariables> = {
  id: '6a236c542b1b6d69d2fa748fa65673b6d15ac510a772e5a5016fbb48aeda614b',
  name: 'RevokeProxy', kind: 'mutation', keyed: true,
};

export type RollbackRulePackageData = {
  rollbackRulePackage: {
    version: string | null;
    rolledBack: boolean;
    userErrors: Array<UserErrorPartsFragment>;
  };
};
export type RollbackRulePackageVariables = { input: RollbackRulePackageInput };
export const RollbackRulePackage: Operation<RollbackRulePackageData, RollbackRulePackageVariables> = {
  id: '3d58429002e43824dc94a9a47c4c1e983fb3a4ead3cb84c0fb3746ec9955aee7',
  name: 'RollbackRulePackage', kind: 'mutation', keyed: true,
};

export type RollbackScenarioData = {
  rollbackScenario: {
    version: string | null;
    userErrors: Array<UserErrorPartsFragment>;
  };
};
export type RollbackScenarioVariables = { input: RollbackScenarioInput };
export const RollbackScenario: Operation<RollbackScenarioData, RollbackScenarioVariables> = {
  id: 'add91f4d21237213996f36b00fb47867854c8d70f2cc075ad4e15a519564fc07',
  name: 'RollbackScenario', kind: 'mutation', keyed: true,
};

export type RoutePreviewData = {
  routePreview: RoutePartsFragment;
};
export type RoutePreviewVariables = { documentId: string; selected?: Array<SelectedApproversInput> | null };
export const RoutePreview: Operation<RoutePreviewData, RoutePreviewVariables> = {
  id: '86b6f64475315d1e132d5016cf481dcba9c197613d7e864fc0548ef76263a5cd',
  name: 'RoutePreview', kind: 'query',
};

export type RulePackagesData = {
  rulePackages: Array<{
    code: string;
    version: string;
    name: string;
    state: RulePackageState;
    importedAt: string;
    publishedAt: string | null;
    retiredAt: string | null;
    revision: number | null;
    importedBy: {
      id: string;
      name: string;
    } | null;
    publishedBy: {
      id: string;
      name: string;
    } | null;
  }>;
};
export type RulePackagesVariables = Record<string, never>;
export const RulePackages: Operation<RulePackagesData, RulePackagesVariables> = {
  id: 'a605c201d73693566028b1491036d9b4509e3f0fd25763473e0ecae14c0a0bd0',
  name: 'RulePackages', kind: 'query',
};

export type RunShadowData = {
  runShadow: {
    report: {
      id: string;
      state: ShadowRunState;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
  };
};
export type RunShadowVariables = { input: RunShadowInput };
export const RunShadow: Operation<RunShadowData, RunShadowVariables> = {
  id: 'de72e499ba351002651e8d3a94bb0611625f2cc2a12df2a50ac408aca2c80be3',
  name: 'RunShadow', kind: 'mutation', keyed: true,
};

export type SaveDraftData = {
  saveDraft: DocumentOutcomeFragment;
};
export type SaveDraftVariables = { input: SaveDraftInput };
export const SaveDraft: Operation<SaveDraftData, SaveDraftVariables> = {
  id: '22d76626973fdc9fe45c93d59d55bf51a80b9dc9b8c2813b1fab28d3fb058c44',
  name: 'SaveDraft', kind: 'mutation', keyed: true,
};

export type ScenarioData = {
  scenario: {
    code: string;
    version: string;
    name: string;
    group: ScenarioGroup;
    form: unknown;
  };
};
export type ScenarioVariables = { code: string; version?: string | null };
export const Scenario: Operation<ScenarioData, ScenarioVariables> = {
  id: '83b4418ec1e3842dcbfc1a678f55d0a8ac9297ee8e768c6961d1680d7b9f5242',
  name: 'Scenario', kind: 'query',
};

export type ScenarioVersionsData = {
  scenarioVersions: Array<{
    version: string;
    packageCode: string;
    state: ScenarioState;
    importedAt: string;
    publishedAt: string | null;
    retiredAt: string | null;
    importedBy: {
      id: string;
      name: string;
    } | null;
    publishedBy: {
      id: string;
      name: string;
    } | null;
  }>;
};
export type ScenarioVersionsVariables = { code: string };
export const ScenarioVersions: Operation<ScenarioVersionsData, ScenarioVersionsVariables> = {
  id: 'c66c8751086a6f2f3ea10ff5ad0654f58da26e743dffc200ac09d6163ab2c7e0',
  name: 'ScenarioVersions', kind: 'query',
};

export type ScenariosData = {
  scenarios: Array<{
    code: string;
    name: string;
    group: ScenarioGroup;
    version: string;
  }>;
};
export type ScenariosVariables = Record<string, never>;
export const Scenarios: Operation<ScenariosData, ScenariosVariables> = {
  id: '1c4c77192b407de0670239941e1d14e32ae952d5d027b9ca692ddd65837d04be',
  name: 'Scenarios', kind: 'query',
};

export type SecondaryDistributionData = {
  secondaryDistribution: {
    distributionId: string;
    method: SecondaryShareMethod;
    state: SecondaryDistributionState;
    amount: string;
    objectionsUntil: string;
  } | null;
};
export type SecondaryDistributionVariables = { period: string };
export const SecondaryDistribution: Operation<SecondaryDistributionData, SecondaryDistributionVariables> = {
  id: '11b7512c9cb45c0ecef854db425f9f54daec38812ae9e1820f51d68e830f3f5b',
  name: 'SecondaryDistribution', kind: 'query',
};

export type SendBackReasonsData = {
  sendBackReasons: Array<{
    reason: string;
    times: number;
  }>;
};
export type SendBackReasonsVariables = { period: PeriodInput; scenarioCode?: string | null };
export const SendBackReasons: Operation<SendBackReasonsData, SendBackReasonsVariables> = {
  id: '2b46a86a7fcc5a1931af0d1e2eaf9c10b11a2613174bcdcbd5ace380319f44d5',
  name: 'SendBackReasons', kind: 'query',
};

export type SetCalendarDaysData = {
  setCalendarDays: {
    named: number | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type SetCalendarDaysVariables = { input: SetCalendarDaysInput };
export const SetCalendarDays: Operation<SetCalendarDaysData, SetCalendarDaysVariables> = {
  id: 'e6a2ba7b8dd9318a54361630ac2a6309317f74d6f79a730bf885cd6a3661a20a',
  name: 'SetCalendarDays', kind: 'mutation', keyed: true,
};

export type SetIndicatorThresholdData = {
  setIndicatorThreshold: {
    threshold: IndicatorThresholdPartsFragment | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type SetIndicatorThresholdVariables = { input: SetIndicatorThresholdInput };
export const SetIndicatorThreshold: Operation<SetIndicatorThresholdData, SetIndicatorThresholdVariables> = {
  id: '45692f2531c71ac1cb672457d86d3087bc9d37333cc1f3b06c53c3c647bc01c1',
  name: 'SetIndicatorThreshold', kind: 'mutation', keyed: true,
};

export type SetNotificationLimitsData = {
  setNotificationLimits: {
    limits: {
      ringsPerDay: number;
      digestsPerDay: number;
      repeatsMax: number;
      digestTimes: Array<number>;
      digestSize: number;
      quietFrom: number;
      quietUntil: number;
      mandatoryCategories: Array<string>;
      monthlyCalls: number;
      urgentReservePercent: number;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type SetNotificationLimitsVariables = { input: SetNotificationLimitsInput };
export const SetNotificationLimits: Operation<SetNotificationLimitsData, SetNotificationLimitsVariables> = {
  id: 'd0801f102150877c748302e064a416c0f4c44ca959a12c8e9bcece3dad024b6a',
  name: 'SetNotificationLimits', kind: 'mutation', keyed: true,
};

export type SetNotificationWishesData = {
  setNotificationWishes: {
    categories: Array<{
      category: string;
      mandatory: boolean;
      wishes: Array<{
        channel: PushChannel;
        cadence: PushCadence;
      }>;
    }> | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type SetNotificationWishesVariables = { input: SetWishesInput };
export const SetNotificationWishes: Operation<SetNotificationWishesData, SetNotificationWishesVariables> = {
  id: '1a5dc5aa77a2e4830a6bf37d4f6b186b0b8ae5d5e3dcfa412386d84174c0825f',
  name: 'SetNotificationWishes', kind: 'mutation', keyed: true,
};

export type ShadowFindingsData = {
  shadowFindings: {
    edges: Array<{
      cursor: string;
      node: {
        change: ShadowChange;
        control: string;
        documentNumber: string;
        before: FindingSeverity | null;
        after: FindingSeverity | null;
        message: string;
      };
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type ShadowFindingsVariables = { id: string; first: number; after?: string | null; control?: string | null; changes?: Array<ShadowChange> | null };
export const ShadowFindings: Operation<ShadowFindingsData, ShadowFindingsVariables> = {
  id: 'fae6cd32d945c6dee885a7d31015647395bf01e5157a694e71e18815f1e7143f',
  name: 'ShadowFindings', kind: 'query',
};

export type ShadowReportData = {
  shadowReport: {
    id: string;
    state: ShadowRunState;
    fromAt: string;
    untilAt: string;
    documents: number;
    wouldBlock: number;
    doesBlock: number;
    findingsKept: number;
    controls: Array<{
      control: string;
      documents: number;
      wouldBlock: number;
      doesBlock: number;
      appears: number;
      disappears: number;
      severity: number;
      unchecked: number;
    }>;
  } | null;
};
export type ShadowReportVariables = { code: string; version: string };
export const ShadowReport: Operation<ShadowReportData, ShadowReportVariables> = {
  id: '110e3237e3a3d346a5642464955850fdca4389258a02a023f7bb69e2a76b7976',
  name: 'ShadowReport', kind: 'query',
};

export type SplitPhotoData = {
  splitPhoto: (ReceiptOutcomeFragment & {
    parts: Array<{
      id: string;
      status: ReceiptStatus;
      kind: ReceiptKind | null;
    }>;
  });
};
export type SplitPhotoVariables = { input: SplitPhotoInput };
export const SplitPhoto: Operation<SplitPhotoData, SplitPhotoVariables> = {
  id: '6e01ad3d0a72df95e37eb6ae59e6c9e435aa853261730388ea6700f49bba0cc3',
  name: 'SplitPhoto', kind: 'mutation', keyed: true,
};

export type StandingProxiesData = {
  standingProxies: Array<ProxyPartsFragment>;
};
export type StandingProxiesVariables = Record<string, never>;
export const StandingProxies: Operation<StandingProxiesData, StandingProxiesVariables> = {
  id: '7d82173ed9325e96b52385a44e6372a7471007e7e8aee381c1d45ed571c8679a',
  name: 'StandingProxies', kind: 'query',
};

export type StartCaptureData = {
  startCapture: {
    progress: {
      captureId: string;
      stage: CaptureStage;
      pollAfterMs: number | null;
    } | null;
    upload: {
      url: string;
      mutation: string;
      formField: string;
      map: string;
      sizeBytesMax: number;
      contentTypes: Array<string>;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type StartCaptureVariables = { input: StartCaptureInput };
export const StartCapture: Operation<StartCaptureData, StartCaptureVariables> = {
  id: 'e139f93c317101d89081d5798c3141f3a5ef95a3c0f762ed1d1570ca4009adc2',
  name: 'StartCapture', kind: 'mutation', keyed: true,
};

export type SubmitDocumentData = {
  submitDocument: DocumentOutcomeFragment;
};
export type SubmitDocumentVariables = { input: SubmitDocumentInput };
export const SubmitDocument: Operation<SubmitDocumentData, SubmitDocumentVariables> = {
  id: '2e6e34afc9f14da8ba06d3f8b5459802a58c3d461ae681c9999f78de073ff845',
  name: 'SubmitDocument', kind: 'mutation', keyed: true,
};

export type SubscribePermitsData = {
  subscribePermits: Array<{
    templateId: string;
    left: number;
  }>;
};
export type SubscribePermitsVariables = Record<string, never>;
export const SubscribePermits: Operation<SubscribePermitsData, SubscribePermitsVariables> = {
  id: '671bb074d24497f15d366dbdc12b58795b7fd5a5d478f85371c465b45983155d',
  name: 'SubscribePermits', kind: 'query',
};

export type TakeBackTaskData = {
  takeBackTask: DocumentOutcomeFragment;
};
export type TakeBackTaskVariables = { input: TaskInput };
export const TakeBackTask: Operation<TakeBackTaskData, TakeBackTaskVariables> = {
  id: 'efce584a704f94815c13a5e5ed1e282a05718cbb5f0e795b38a85db71cf6105c',
  name: 'TakeBackTask', kind: 'mutation', keyed: true,
};

export type TimelineData = {
  document: {
    id: string;
    version: number;
    status: DocumentStatus;
    timeline: Array<{
      seq: number;
      kind: ApprovalEventKind;
      nodeKey: string;
      happenedAt: string;
      explanation: unknown | null;
      data: unknown;
      words: string | null;
      actor: {
        id: string;
        name: string;
      } | null;
      staff: Array<{
        id: string;
        name: string;
      }>;
    }>;
  } | null;
};
export type TimelineVariables = { id: string };
export const Timeline: Operation<TimelineData, TimelineVariables> = {
  id: '8411f579eba6430932356a4270b9491d2e7e9c385ad71cc4873ccc67458bc3cc',
  name: 'Timeline', kind: 'query',
};

export type TodoData = {
  todo: {
    edges: Array<{
      cursor: string;
      node: TaskPartsFragment;
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type TodoVariables = { first: number; after?: string | null; filter?: TaskFilterInput | null };
export const Todo: Operation<TodoData, TodoVariables> = {
  id: 'c8457d01dac52ddf47f58303ae70c2c2e1838b49a72d62706b581453ba4d68c8',
  name: 'Todo', kind: 'query',
};

export type TodoChangedData = {
  todoChanged: TodoCountsPartsFragment;
};
export type TodoChangedVariables = Record<string, never>;
export const TodoChanged: Operation<TodoChangedData, TodoChangedVariables> = {
  id: 'f47a780057bfe52e3d1cd97a9f7b777f90be0670ce715e0f63e8fb33b05d1772',
  name: 'TodoChanged', kind: 'subscription',
};

export type TodoCountsData = {
  todoCounts: TodoCountsPartsFragment;
};
export type TodoCountsVariables = Record<string, never>;
export const TodoCounts: Operation<TodoCountsData, TodoCountsVariables> = {
  id: '5bedefd9ec347361e87fde928aa4af60d584ec1665c368f88573de1e06b8ce6a',
  name: 'TodoCounts', kind: 'query',
};

export type TransferTaskData = {
  transferTask: DocumentOutcomeFragment;
};
export type TransferTaskVariables = { input: PassOnInput };
export const TransferTask: Operation<TransferTaskData, TransferTaskVariables> = {
  id: '6c544f314e63358bb44ba5982da3dd4b47d29af8d60ac08e3c083a031455226c',
  name: 'TransferTask', kind: 'mutation', keyed: true,
};

export type UnregisterEndpointData = {
  unregisterEndpoint: {
    endpointId: string | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type UnregisterEndpointVariables = { input: UnregisterEndpointInput };
export const UnregisterEndpoint: Operation<UnregisterEndpointData, UnregisterEndpointVariables> = {
  id: 'ac90c856769e498c74381668fea00b094cddec0c322682593a874f05d854c6d2',
  name: 'UnregisterEndpoint', kind: 'mutation', keyed: true,
};

export type UploadReceiptData = {
  uploadReceipt: {
    receipt: ReceiptBriefFragment | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type UploadReceiptVariables = { input: UploadReceiptInput; file: unknown };
export const UploadReceipt: Operation<UploadReceiptData, UploadReceiptVariables> = {
  id: '2728bfbf1abbeb29cd64a855b7acec6254c2d2417f2194cb69ee20fc72992ebd',
  name: 'UploadReceipt', kind: 'mutation', keyed: true,
};

export type VerifyArchiveData = {
  verifyArchive: {
    intact: boolean | null;
    complete: boolean | null;
    manifestSha256: string | null;
    faults: Array<{
      path: string;
      kind: ArchiveFaultKind;
      message: string;
    }>;
    lacks: Array<ArchiveLackPartsFragment>;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type VerifyArchiveVariables = { input: VerifyArchiveInput };
export const VerifyArchive: Operation<VerifyArchiveData, VerifyArchiveVariables> = {
  id: '169c818ad94187d77bfb6a5b59a04d5b81ed490c1d2e4291ca4a697640df921d',
  name: 'VerifyArchive', kind: 'mutation', keyed: true,
};

export type VerifyReceiptData = {
  verifyReceipt: ReceiptOutcomeFragment;
};
export type VerifyReceiptVariables = { input: ReceiptActionInput };
export const VerifyReceipt: Operation<VerifyReceiptData, VerifyReceiptVariables> = {
  id: 'e3a7855d421fc591fd63d8a2921ca28b996db034be6b50280bdb44eca0454c59',
  name: 'VerifyReceipt', kind: 'mutation', keyed: true,
};

export type VerifyVoucherData = {
  verifyVoucher: {
    voucher: VoucherPartsFragment | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type VerifyVoucherVariables = { input: VerifyVoucherInput };
export const VerifyVoucher: Operation<VerifyVoucherData, VerifyVoucherVariables> = {
  id: 'cd3c5e8648ec191cfb6bb55ffe380a09a1ea30b9b0aa96bfc73b409957fe5fa3',
  name: 'VerifyVoucher', kind: 'mutation', keyed: true,
};

export type ViewMemberPerformanceData = {
  viewMemberPerformance: {
    performance: {
      staffId: string;
      staffName: string;
      period: string;
      total: string;
      lines: Array<{
        departmentName: string;
        kind: PayoutLineKind;
        ruleName: string;
        ruleVersion: string;
        amount: string;
      }>;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type ViewMemberPerformanceVariables = { input: ViewStaffPerformanceInput };
export const ViewMemberPerformance: Operation<ViewMemberPerformanceData, ViewMemberPerformanceVariables> = {
  id: '3d41f8177cd9f92163f1335461dc7ec4c0298cb8dd62938a88f5ba6538f553f3',
  name: 'ViewMemberPerformance', kind: 'mutation', keyed: true,
};

export type ViewStaffPerformanceData = {
  viewStaffPerformance: {
    performance: {
      staffId: string;
      staffName: string;
      period: string;
      total: string;
      lines: Array<{
        departmentName: string;
        kind: PayoutLineKind;
        ruleName: string;
        ruleVersion: string;
        amount: string;
      }>;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type ViewStaffPerformanceVariables = { input: ViewStaffPerformanceInput };
export const ViewStaffPerformance: Operation<ViewStaffPerformanceData, ViewStaffPerformanceVariables> = {
  id: '269e9c01967914f4cdffef2337c74adea01b45901a31a23f331d9c90d1cb7ae0',
  name: 'ViewStaffPerformance', kind: 'mutation', keyed: true,
};

export type VoidDocumentData = {
  voidDocument: DocumentOutcomeFragment;
};
export type VoidDocumentVariables = { input: DocumentCommentInput };
export const VoidDocument: Operation<VoidDocumentData, VoidDocumentVariables> = {
  id: '179f2af8b0bb30d6f822f952adf62aacc204c8b96f8958132fd72266a93f3552',
  name: 'VoidDocument', kind: 'mutation', keyed: true,
};

export type VoucherQueueData = {
  voucherQueue: {
    edges: Array<{
      cursor: string;
      node: {
        id: string;
        event: VoucherEvent;
        sequence: number;
        dated: string;
        state: VoucherState;
        needsConfirmation: boolean;
        lacking: Array<string>;
        createdAt: string;
      };
    }>;
    pageInfo: PagePartsFragment;
  };
};
export type VoucherQueueVariables = { first: number; state: VoucherState; after?: string | null };
export const VoucherQueue: Operation<VoucherQueueData, VoucherQueueVariables> = {
  id: 'b240b6c8dd1785024cb3b92357e07ac34c2a0dd3f57e29de1dfdf4a3bc8cb7f2',
  name: 'VoucherQueue', kind: 'query',
};

export type VouchersData = {
  vouchers: Array<VoucherPartsFragment>;
};
export type VouchersVariables = { documentId: string };
export const Vouchers: Operation<VouchersData, VouchersVariables> = {
  id: 'e12b79d4f61927edde94efcd6e366e48a1d6d2d9053c1982842e467f9757b410',
  name: 'Vouchers', kind: 'query',
};

export type WaitingReasonsData = {
  waitingReasons: Array<{
    department: {
      id: string;
      code: string;
      name: string;
    } | null;
    reasons: Array<{
      reason: WaitingReason;
      documents: number | null;
      people: number | null;
    }>;
  }>;
};
export type WaitingReasonsVariables = Record<string, never>;
export const WaitingReasons: Operation<WaitingReasonsData, WaitingReasonsVariables> = {
  id: '520df3fb0ca5d869b13e1cfc44ddaaf5a9cb4cd85e1c3648badfda062a8a5b6d',
  name: 'WaitingReasons', kind: 'query',
};

export type WhatIfPerformanceData = {
  whatIfPerformance: {
    period: string;
    ruleVersion: string;
    before: string;
    after: string;
    difference: string;
    kept: string;
    changes: Array<{
      departmentName: string;
      ruleCode: string;
      ruleName: string;
      cause: PerformanceChangeCause;
      amount: string;
    }>;
  };
};
export type WhatIfPerformanceVariables = { changes: Array<WorkChangeInput>; ruleVersion?: string | null };
export const WhatIfPerformance: Operation<WhatIfPerformanceData, WhatIfPerformanceVariables> = {
  id: 'e5ba20f06ef1439606684a998f469c28a0af959888ad18793a85092b512e446b',
  name: 'WhatIfPerformance', kind: 'query',
};

export type WithdrawDocumentData = {
  withdrawDocument: DocumentOutcomeFragment;
};
export type WithdrawDocumentVariables = { input: DocumentCommentInput };
export const WithdrawDocument: Operation<WithdrawDocumentData, WithdrawDocumentVariables> = {
  id: 'd5ee304a39d13d4c219b38b30ac5dec8912d6300cce39ddc14561bda69296709',
  name: 'WithdrawDocument', kind: 'mutation', keyed: true,
};

export type WriteOffLoanData = {
  writeOffLoan: {
    loan: {
      id: string;
      outstanding: string;
      settledAt: string | null;
    } | null;
    userErrors: Array<UserErrorPartsFragment>;
    replayed: boolean;
  };
};
export type WriteOffLoanVariables = { input: WriteOffLoanInput };
export const WriteOffLoan: Operation<WriteOffLoanData, WriteOffLoanVariables> = {
  id: '8d06b0cf7ced6d2731b01530037ba36d4580957e7cce4ee97681b0702e0fd2f7',
  name: 'WriteOffLoan', kind: 'mutation', keyed: true,
};
